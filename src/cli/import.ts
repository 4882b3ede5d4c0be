import { Command } from 'commander'
import { z } from 'zod'
import { requireNoEncoder, writeEncoder } from '../../runtime/files/encoder-folder.ts'
import { readGivenWeights } from '../../runtime/values/given-weights.ts'
import { parseNameMap, type NameMap } from '../../runtime/values/name-map.ts'
import { bundleFrom } from './bundle-from.ts'
import { folder, parseFlags } from './flags.ts'
import { requireFolderPlace } from './outputs.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import { plural } from './units.ts'

/** `features.0=conv1,features.3=conv2` */
export const nameMapFlag = z.string().transform((text, context): NameMap => {
  try {
    return parseNameMap(text)
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error))
    return z.NEVER
  }
})

const flagSchema = z.object({ out: folder, map: nameMapFlag.optional(), ...programFlags })

export const importCommand = (): Command =>
  addProgramFlags(
    new Command('import')
      .summary('weights of PyTorch as an encoder of hebb')
      .description(
        'Give the encoder of a program weights from a safetensors file: a state_dict of PyTorch, or what hebb export ' +
          'wrote. Every parameter and statistic must be there, and nothing else.',
      )
      .argument('<program>', 'a program.ts (or program.ts#export), or a bundle')
      .argument('<weights>', 'a .safetensors file')
      .option(
        '--out <folder>',
        'the encoder, for hebb probe and hebb export; encoder.safetensors in it for --init',
      )
      .option(
        '--map <names>',
        'what their names are called here: THEIRS=OURS, with commas; THEIRS= takes a beginning away',
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb import mine.ts weights.safetensors --out encoders/mine
  hebb import mine.ts vgg.safetensors --map features.0=conv1,features.3=conv2 --out encoders/vgg
  hebb import mine.ts simclr.safetensors --map backbone= --out encoders/simclr

Names are those that hebb export --safetensors writes, or those of hebb's own parameters. A beginning up to a dot is
mapped with all that follows it.`,
    )
    .action(async (path: string, weights: string, _options: unknown, command: Command) => {
      const { out, map, timeout, set } = parseFlags(command, flagSchema)
      requireFolderPlace(out)
      requireNoEncoder(out)
      const bundle = await bundleFrom(path, { timeout, set })
      const { values, notices } = readGivenWeights(weights, bundle.manifest.encode, { by: 'import', map })
      for (const notice of notices) console.error(notice)
      writeEncoder(out, bundle, values)
      console.log(`${plural(values.size, 'tensor')} of ${weights} are the encoder in ${out}`)
    })
