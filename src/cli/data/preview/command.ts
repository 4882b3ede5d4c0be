import { Command } from 'commander'
import { z } from 'zod'
import { writeAtomically } from '../../../../runtime/files/atomic.ts'
import { printable } from '../../../base/printable.ts'
import { bundleFrom } from '../../bundle-from.ts'
import { folder, parseFlags, seedNumber, wholeNumber } from '../../flags.ts'
import { placeForFile } from '../../outputs.ts'
import { addProgramFlags, programFlags } from '../../program-flags.ts'
import { ownImages, requireImages } from '../../own-images.ts'
import { plural } from '../../units.ts'
import { classesOfData } from '../../classes.ts'
import { findData } from '../../../../runtime/data/open.ts'
import { previewed } from './previewed.ts'
import { sheetOf } from './sheet.ts'
import { pngOf } from './png.ts'

const defaults = { out: 'views.png', images: 8, seed: 0 }

const flagSchema = z.object({
  data: folder.default(ownImages),
  out: folder.default(defaults.out),
  images: wholeNumber(1, 64).default(defaults.images),
  seed: seedNumber.default(defaults.seed),
  ...programFlags,
})

export const previewCommand = (): Command =>
  addProgramFlags(
    new Command('preview')
      .summary('a picture of the views that a program makes of images')
      .description(
        'Draw images beside the augmented views that training would be shown of them, as a PNG: a row for each image, ' +
          'first as it is in the data set, then each of its views, without the normalisation.',
      )
      .argument('<program>', 'a program.ts (or program.ts#export), or a bundle')
      .option(
        '--data <folder>',
        'images of the kind that the program is for (default: the Fashion-MNIST that comes with Hebb)',
      )
      .option('--out <file>', `the picture (default: ${defaults.out})`)
      .option('--images <number>', `how many are drawn, at most 64 (default: ${defaults.images})`)
      .option('--seed <number>', `of batches and views (default: ${defaults.seed})`),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb data preview mine.ts --data data/fashion-mnist
  hebb data preview recipes.ts#other --data data/fashion-mnist --images 4 --seed 1 --out views.png

They are the first images of the first steps of a training with this seed, and the same views. Signals, images of one
pixel in height, are drawn as lines.`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { data, out, images, seed, ...flags } = parseFlags(command, flagSchema)
      requireImages(data)
      const place = placeForFile(out)
      const bundle = await bundleFrom(path, { ...flags, classesOf: classesOfData(await findData(data)) })
      const tiles = await previewed(bundle, { data, images, seed })
      writeAtomically(place, [await pngOf(sheetOf(tiles))])
      const { views } = bundle.manifest.program
      console.log(
        `${out}: ${plural(images, 'image')} of ${printable(data)}, each as it is, then ${plural(views.length, 'view')}: ${views.map(printable).join(', ')}`,
      )
    })
