import { UserError } from '../../base/error.ts'
import { at, found } from '../../base/lists.ts'
import { didYouMean } from '../../base/near-names.ts'
import { embedded, type Weights } from '../../onnx/embed.ts'
import { bytesOf } from '../../../runtime/values/tensor.ts'
import type { EncoderExport, Manifest } from '../../bundle/manifest.ts'
import type { Trained } from '../../../runtime/files/trained.ts'

/** A trained encoder as one ONNX file for any number of images. */

export interface OnnxOptions {
  /** `features`, `conv2.maps`, …; what names no layer is of the last that has it. */
  readonly outputs: readonly string[]
  /** Whether the model takes raw bytes rather than normalised images. */
  readonly preprocess: boolean
}

type Exported = Extract<EncoderExport, { readonly section: unknown }>
type Output = Exported['outputs'][number]

/** @throws UserError ('ExportError') where an output is not to be had, or the encoder not for any number of images */
export function encoderModel(trained: Trained, { outputs, preprocess }: OnnxOptions): Uint8Array {
  const { bundle, values, program, step } = trained
  const exported = exportedBy(bundle.manifest)
  const graph = at(exported.section.graphs, 0)
  const wanted = outputs.map((name) => [outputNamed(name, exported, program).output, name] as const)
  const weights = (name: string): Weights => {
    const value = values.get(name)
    if (!value)
      throw new UserError(
        'ExportError',
        `'${name}' was not imported: the encoder was, and this is part of a rule`,
        {
          help: 'Leave out what reads it, such as logits.',
        },
      )
    return { type: value.type, shape: value.shape, bytes: bytesOf(value.data) }
  }
  return embedded(bundle.graph(graph), {
    given: preprocess ? 'images' : exported.normalised,
    outputs: new Map(wanted),
    weights,
    metadata: { program, identity: bundle.identity, step: String(step) },
  })
}

function exportedBy({ export: exported, program }: Manifest): Exported {
  if (!exported)
    throw new UserError('ExportError', `the bundle of '${program.name}' is of an earlier version of hebb`, {
      help: 'Compile the program again and train it, or export --safetensors.',
    })
  if ('section' in exported) return exported
  throw new UserError('ExportError', `'${program.name}' is no graph for any number of images`, {
    details: exported.impossible.split('\n'),
    help: 'Let a module treat each image alike, whatever the others are and how many; or export --safetensors.',
  })
}

function outputNamed(name: string, { outputs }: Exported, program: string): Output {
  const [layer, kind] = name.includes('.') ? name.split('.', 2) : [undefined, name]
  const output = outputs.findLast(
    (each) => each.kind === kind && (layer === undefined || each.layer === layer),
  )
  if (output) return output
  const names = [
    ...new Set(outputs.map((each) => each.kind)),
    ...outputs.map((each) => `${each.layer}.${each.kind}`),
  ]
  const why = name === 'logits' ? ': no rule of it compares scores with labels' : ''
  throw new UserError('ExportError', `'${program}' has no output '${name}'${why}`, {
    help: didYouMean(name, names),
  })
}

/** What the model takes and gives, in words: `features [n, 128]`. */
export function signature({ bundle }: Trained, { outputs, preprocess }: OnnxOptions): string {
  const exported = exportedBy(bundle.manifest)
  const graph = at(exported.section.graphs, 0)
  const shapes = new Map(
    [...graph.inputs, ...graph.outputs].map(({ name, type, shape }) => [name, { type, shape }]),
  )
  const told = (name: string, called = name) => {
    const { type, shape } = found(shapes, name, name)
    return `${called} ${type}[${['n', ...shape.slice(1)].join(', ')}]`
  }
  const results = outputs.map((name) =>
    told(outputNamed(name, exported, bundle.manifest.program.name).output, name),
  )
  return `${told(preprocess ? 'images' : exported.normalised)} → ${results.join(', ')}`
}
