import { Command } from 'commander'
import { z } from 'zod'
import { dataFor, openTrained, type Trained } from '../../../runtime/files/trained.ts'
import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { writeSafetensors } from '../../../runtime/files/safetensors.ts'
import { torchState } from '../../../runtime/values/torch-state.ts'
import { printable } from '../../base/printable.ts'
import { exitCodes } from '../exit-codes.ts'
import { folder, names, parseFlags, which } from '../flags.ts'
import { placeForNewFile } from '../outputs.ts'
import { addSessionFlags, sessionFlags } from '../session-flags.ts'
import { bytes, plural } from '../units.ts'
import { writeFeatures } from './features.ts'
import { encoderModel, signature } from './onnx.ts'
import { placeOf } from '../../../runtime/session/options.ts'

const flagSchema = z.object({
  onnx: folder.optional(),
  outputs: names.optional(),
  preprocess: z.boolean().optional(),
  safetensors: folder.optional(),
  features: folder.optional(),
  data: folder.optional(),
  split: z.enum(['train', 'test'], 'must be train or test').optional(),
  layers: names.optional(),
  at: which.default('last'),
  average: z.boolean().default(false),
  overwrite: z.boolean().default(false),
  ...sessionFlags,
})
type Flags = z.infer<typeof flagSchema>

/** Options that say something of one kind of file, which must be asked for. */
const owned = {
  onnx: ['outputs', 'preprocess'],
  features: ['data', 'split', 'layers', 'provider', 'threads'],
} as const

function requireUse(flags: Flags, command: Command): void {
  const fail = (problem: string) =>
    command.error(`error: ${problem}`, { code: 'hebb.invalidFlag', exitCode: exitCodes.usage })
  if (flags.onnx === undefined && flags.safetensors === undefined && flags.features === undefined)
    fail('nothing to export: give --onnx, --safetensors or --features, and a file')
  for (const file of ['onnx', 'features'] as const)
    for (const option of owned[file])
      if (flags[file] === undefined && flags[option] !== undefined)
        fail(`option '--${option}' is for --${file}, which is not given`)
}

function writeOnnx(
  path: string,
  place: string,
  trained: Trained,
  { outputs, preprocess = false }: Flags,
): void {
  const options = { outputs: [...new Set(outputs ?? ['features'])], preprocess }
  const model = encoderModel(trained, options)
  writeAtomically(place, [model])
  console.log(`${path}: ${signature(trained, options)}, for any n; ${bytes(model.length)}`)
}

function writeWeights(path: string, place: string, { bundle, values, program, step }: Trained): void {
  const state = torchState(bundle.manifest, values, step)
  const metadata = { format: 'pt', program, identity: bundle.identity, step: String(step) }
  writeSafetensors(place, state, metadata)
  console.log(`${path}: ${plural(state.length, 'tensor')} by the names of PyTorch`)
}

async function writeNumbers(path: string, place: string, trained: Trained, flags: Flags): Promise<void> {
  const { split = 'test', layers } = flags
  const data = dataFor(trained, flags.data)
  const arrays = await writeFeatures(place, trained, { data, split, layers, ...placeOf(flags) })
  const told = arrays.map(({ name, type, shape }) => `${name} ${type}[${shape.join(', ')}]`)
  console.log(`${path}: ${split} images of ${printable(data)}: ${told.join(', ')}`)
}

export const exportCommand = (): Command =>
  addSessionFlags(
    new Command('export')
      .summary('a trained encoder for others: ONNX, PyTorch, numpy')
      .description(
        'Write the trained encoder of a run as one ONNX file with its weights inside, for any number of images; its ' +
          'weights by the names of PyTorch; or the features of a data set as numpy reads them.',
      )
      .argument('<run>', 'the folder of a run, or of an encoder that hebb import wrote')
      .option('--onnx <file>', 'the encoder as an ONNX model')
      .option(
        '--outputs <names>',
        'what the model gives, with commas: features, spatial, maps or logits, of the last layer or as ' +
          'conv2.maps (default: features)',
      )
      .option('--preprocess', 'the model takes raw bytes, and normalises them itself')
      .option('--safetensors <file>', "the encoder's weights as a state_dict of PyTorch")
      .option('--features <file>', 'the features of a data set and its labels as .npz')
      .option('--data <folder>', 'images for --features (default: those of the run)')
      .option('--split <name>', 'of these, train or test (default: test)')
      .option('--layers <names>', 'whose features, with commas (default: all)')
      .option('--at <which>', 'the checkpoint: last, best, or the step of one that was kept (default: last)')
      .option('--average', 'the average of the weights that the run keeps, in place of its last')
      .option('--overwrite', 'replace files that are there'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb export runs/mine --onnx encoder.onnx
  hebb export runs/mine --onnx encoder.onnx --outputs features,conv2.maps --preprocess
  hebb export runs/mine --safetensors encoder.safetensors
  hebb export runs/mine --features test.npz --split test --layers conv2,conv3`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      requireUse(flags, command)
      const { onnx, safetensors, features, overwrite } = flags
      const place = (file: string | undefined) =>
        file === undefined ? undefined : { file, place: placeForNewFile(file, overwrite) }
      const [model, weights, numbers] = [place(onnx), place(safetensors), place(features)]
      const trained = openTrained(path, flags)
      if (model) writeOnnx(model.file, model.place, trained, flags)
      if (weights) writeWeights(weights.file, weights.place, trained)
      if (numbers) await writeNumbers(numbers.file, numbers.place, trained, flags)
    })
