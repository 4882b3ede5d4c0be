import { Registry } from '../cut/registry.ts'
import { traceLayer, type TracedLayer } from '../cut/trace-layer.ts'
import { within } from '../ir/context.ts'
import { constant, input } from '../ops/leaf.ts'
import { nameFor, shapeFor } from '../cut/asked.ts'
import { numbered } from '../cut/numbered.ts'
import { returned } from '../lang/returned.ts'
import { concat, Tensor } from '../lang/tensor.ts'
import { UserError } from '../base/error.ts'
import { IMAGES, sourcesOf } from '../lang/wiring.ts'
import { at } from '../base/lists.ts'
import type { TracedSection } from './section.ts'
import type { Node } from '../ir/node.ts'
import type { Layer } from '../lang/layer.ts'
import type { Program } from '../lang/program.ts'

/** Graphs that start from the bytes of images: augmented views, and features of the trained encoder. */

const rowsAsStored = ({
  batch,
  input: { channels, height, width, type },
}: Pick<Program, 'batch' | 'input'>) => input('images', 'images', type, [batch, channels, height, width])

/** Pixels in 0..1 to the program's type, mean 0 and deviation 1 per channel. */
function normalise(
  pixels: Tensor,
  { input: { channels, mean, std }, dtype }: Pick<Program, 'input' | 'dtype'>,
): Tensor {
  const perChannel = (values: readonly number[]) =>
    new Tensor(constant('float32', [1, channels, 1, 1], values))
  return pixels.sub(perChannel(mean)).div(perChannel(std)).cast(dtype)
}

/** Bytes to pixels in 0..1, or numbers as they are, with the program's border of zeros. */
function unit(images: Tensor, { input: { pad, type } }: Pick<Program, 'input'>): Tensor {
  const values = type === 'uint8' ? images.cast('float32').div(255) : images
  return values.pad([0, 0, pad, pad], [0, 0, pad, pad])
}

/** Images as probes show them. */
const shown = (images: Tensor, { augment, input }: Program): Tensor =>
  augment.reduce(
    (x, { name, encode }) =>
      encode ? returned(`encode of transform '${name}'`, encode(x, input), {}, x.node) : x,
    images,
  )

/** What augmentation is made of. */
export type Augmented = Pick<Program, 'views' | 'batch' | 'input' | 'augment' | 'dtype' | 'origin'>

/** Bytes [batch, …] to augmented, normalised rows [views × batch, …]. */
export function augmentSection(program: Augmented): TracedSection {
  const registry = new Registry()
  const images = rowsAsStored(program)
  const rows = program.views.length * program.batch
  const scene = {
    views: Object.freeze([...program.views]),
    images: program.batch,
    classes: program.input.classes,
    get labels() {
      return new Tensor(registry.labels(program.batch))
    },
  }
  const views = within({ scope: 'augment' }, () => {
    const pixels = unit(new Tensor(images), program)
    const stacked = program.views.length === 1 ? pixels : concat(program.views.map(() => pixels))
    const unused = numbered()
    const augmented = program.augment.reduce((x, { name, apply }) => {
      const scope = unused(name)
      return within({ scope: `augment.${scope}`, origin: program.origin }, () =>
        returned(
          `transform '${name}'`,
          apply(
            x,
            (what, ...size) =>
              new Tensor(
                registry.uniform(
                  `augment.${scope}.${nameFor('draw', what)}`,
                  [rows, ...shapeFor('draw', size)],
                  `transform '${scope}'`,
                ),
              ),
            scene,
          ),
          {},
          x.node,
        ),
      )
    }, stacked)
    return normalise(augmented, program)
  })
  const inputs = [{ name: 'images', node: images }, ...registry.inputs()]
  const outputs = [{ name: 'views', node: views.node, role: 'views' as const }]
  const plan = {
    name: 'augment',
    description: 'Augmented views of a batch of images.',
    inputs,
    outputs,
    drop: [],
  }
  return { plans: [plan], registry, batch: program.batch }
}

/** The bytes of a batch, and the normalised rows [batch, …] that the trained encoder is shown of them. */
export function evaluated(program: Program): { readonly images: Node; readonly rows: Tensor } {
  const images = rowsAsStored(program)
  const rows = within({ scope: 'normalise', origin: program.origin }, () =>
    normalise(shown(unit(new Tensor(images), program), program), program),
  )
  return { images, rows }
}

/** Where a layer cut images into patches, the means over those of an image: [batch × patches, …] to [batch, …]. */
export const perImage = (x: Tensor, { batch }: Program): Tensor =>
  x.size(0) === batch ? x : x.reshape(batch, x.size(0) / batch, ...x.shape.slice(1)).mean(1)

export interface Feature {
  readonly name: string
  readonly layer: string
  readonly readout: 'average' | 'spatial'
  readonly dimension: number
}

/** What probes and others read of a layer of the trained encoder. */
export interface LayerValues {
  readonly layer: Layer
  /** What the layer gives, for each row. */
  readonly out: Tensor
  /** Means over its maps, for each image: [batch, units]. */
  readonly average: Tensor
  /** Means over tiles of its maps, for each image, where the program has a readout. */
  readonly spatial: Tensor | undefined
}

/** The trained encoder on normalised rows, layer by layer. */
export function encodedLayers(program: Program, rows: Tensor, registry: Registry): LayerValues[] {
  const layers: TracedLayer[] = []
  const sources = sourcesOf(program.encoder)
  return program.encoder.map((layer, i) => {
    const reads = at(sources, i).map((source) => {
      const below = source === IMAGES ? undefined : at(layers, source)
      return { layer: below, node: below?.out ?? rows.node }
    })
    const traced = traceLayer(layer, reads, registry, false)
    layers.push(traced)
    const out = new Tensor(traced.out)
    return within({ scope: `${layer.name}.readout`, origin: layer.origin ?? program.origin }, () => {
      const average = perImage(out.shape.length === 4 ? out.mean(2, 3) : out, program)
      const size = program.readout?.[i]
      if (size !== undefined && out.shape.length !== 4)
        throw new UserError('ProgramError', `readout pools '${layer.name}', which has no map`, {
          origin: program.origin,
          help: 'leave readout out',
        })
      const spatial = size === undefined ? undefined : perImage(out.averagePool(size), program)
      return { layer, out, average, spatial }
    })
  })
}

/** Bytes to features of every layer: global averages, and averages over tiles where the program has a readout. */
export function encodeSection(program: Program): TracedSection & { readonly features: readonly Feature[] } {
  const registry = new Registry()
  const { images, rows } = evaluated(program)
  const outputs: { name: string; node: Tensor['node']; role: 'features'; layer: string }[] = []
  const features: Feature[] = []
  const emit = (layer: Layer, readout: Feature['readout'], values: Tensor) => {
    const name = registry.free(`${layer.name}.${readout}`)
    const flat = within({ scope: `${layer.name}.readout`, origin: layer.origin ?? program.origin }, () =>
      values.flatten(1).cast('float32'),
    )
    outputs.push({ name, node: flat.node, role: 'features', layer: layer.name })
    features.push({ name, layer: layer.name, readout, dimension: flat.size(1) })
  }
  for (const { layer, average, spatial } of encodedLayers(program, rows, registry)) {
    emit(layer, 'average', average)
    if (spatial) emit(layer, 'spatial', spatial)
  }
  const inputs = [{ name: 'images', node: images }, ...registry.inputs()]
  const plan = { name: 'encode', description: 'Features of every layer.', inputs, outputs, drop: [] }
  return { plans: [plan], registry, batch: program.batch, features }
}
