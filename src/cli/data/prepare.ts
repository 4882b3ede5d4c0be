import { Command } from 'commander'
import { z } from 'zod'
import { cacheFolder } from '../../../runtime/data/cache/folder.ts'
import { describeDataset, findData, openSplit } from '../../../runtime/data/open.ts'
import { printable } from '../../base/printable.ts'
import { parseFlags } from '../flags.ts'
import { preparingVisibly } from '../preparing.ts'
import { addQuietFlag } from '../shown.ts'
import { requireSize, size } from './size.ts'

const flagSchema = z.object({ size: size.optional(), skipOdd: z.boolean().default(false) })

export const prepareCommand = (): Command =>
  addQuietFlag(new Command('prepare'))
    .summary('decode a data set once, for all runs')
    .description(
      'Decode archives and images into the cache, as the first run would. What lies there under the same content is not ' +
        'decoded again; what is read in place needs no preparing.',
    )
    .argument('<path>', 'a folder, an archive or KIND:PATH')
    .option(
      '--size <size>',
      'of the images that the program is for: 96, or 1x28x28 for channels, height and width',
    )
    .option('--skip-odd', 'leave out images that cannot be read, instead of stopping')
    .addHelpText(
      'after',
      `
Examples:
  hebb data prepare data/fashion-mnist

The cache is $HEBB_CACHE, or hebb in the cache of the user (~/.cache/hebb). Nothing is lost when it is removed.`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { size: wanted, skipOdd } = parseFlags(command, flagSchema)
      const source = await findData(path)
      for (const split of source.splits) {
        const dataset = await openSplit(source, split, { wanted, skipOdd, ...preparingVisibly() })
        requireSize(dataset, wanted)
        console.log(`${split.padEnd(10)}  ${describeDataset(dataset)}`)
      }
      console.log(`ready; what was decoded lies in ${printable(cacheFolder())}`)
    })
