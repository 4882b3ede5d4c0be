import { Command } from 'commander'
import { previewCommand } from './preview/command.ts'

export const dataCommand = (): Command =>
  new Command('data')
    .summary('look at images as programs see them')
    .description('Look at the images of a data set, and at the views that a program makes of them.')
    .addCommand(previewCommand())
    .addHelpText(
      'after',
      `
Examples:
  hebb data preview mine.ts --data data/fashion-mnist
  hebb data preview mine.ts --data data/fashion-mnist --images 4 --seed 1 --out views.png`,
    )
