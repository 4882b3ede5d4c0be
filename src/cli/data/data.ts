import { Command } from 'commander'
import { formats } from '../../../runtime/data/formats/formats.ts'
import { inspectDataCommand } from './inspect.ts'
import { prepareCommand } from './prepare.ts'
import { previewCommand } from './preview/command.ts'

export const dataCommand = (): Command =>
  new Command('data')
    .summary('look at images as programs see them')
    .description('Look at the images of a data set, and at the views that a program makes of them.')
    .addCommand(inspectDataCommand())
    .addCommand(prepareCommand())
    .addCommand(previewCommand())
    .addHelpText(
      'after',
      `
A data set is named by the folder or the file that it lies in. Where two lie there, KIND:PATH says which:
${formats.map(({ kind, lookedFor }) => `  ${kind}: ${lookedFor}`).join('\n')}
One of your own is an export of a module, mine.ts#dataset (docs/data.md).

Examples:
  hebb data inspect data/fashion-mnist
  hebb data prepare data/fashion-mnist
  hebb data preview mine.ts --data data/fashion-mnist
  hebb data preview mine.ts --data data/fashion-mnist --images 4 --seed 1 --out views.png`,
    )
