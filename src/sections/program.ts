import { at } from '../base/lists.ts'
import { input } from '../ops/leaf.ts'
import { describeInput } from './describe-input.ts'
import { describeOptimizer } from './describe-optimizer.ts'
import type { Trace, Training } from '../cut/trace.ts'
import type { Layer } from '../lang/layer.ts'
import type { Program } from '../lang/program.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { OptionValues } from '../lang/options/values.ts'

/** What a program is traced on: rows [views × batch, channels, height, width] of normalised images. */
export function trainingOf({
  precision,
  encoder,
  learn,
  optimizer,
  views,
  batch,
  dtype,
  input: image,
}: Program): Training {
  const [height, width] = [image.height + 2 * image.pad, image.width + 2 * image.pad]
  const rows = input('views', 'views', dtype, [views.length * batch, image.channels, height, width])
  const scaled = precision === 'mixed'
  return { encoder, learn, optimizer, views, batch, scaled, classes: image.classes, rows, input: 'views' }
}

type DescribedLayer = Manifest['program']['layers'][number]

/** What a layer reads, where that is not the layer before it alone. */
function wiring(encoder: readonly Layer[], place: number): Pick<DescribedLayer, 'from' | 'join'> {
  const { from, join } = at(encoder, place)
  const before = place === 0 ? 'input' : at(encoder, place - 1).name
  if (from === undefined || (from.length === 1 && from[0] === before)) return {}
  return { from: [...from], ...(join === undefined ? {} : { join }) }
}

const describeOptions = (options: OptionValues) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  )

/** What a manifest says of the program itself. */
export function describeProgram(
  { name, encoder, learn, dtype, precision, input, views, optimizer, options }: Program,
  { layers, registry }: Pick<Trace, 'layers' | 'registry'>,
  fused: boolean,
) {
  return {
    name,
    rule: learn.rule.name,
    credit: learn.name,
    dtype,
    ...(precision === 'mixed' ? { precision } : {}),
    fused,
    input: describeInput(input),
    views: [...views],
    layers: layers.map(({ name, summary, out, frozen }, place) => ({
      ...{ name, summary, shape: out.shape.slice(1) },
      ...wiring(encoder, place),
      ...(frozen ? { frozen } : {}),
    })),
    optimizer: describeOptimizer(optimizer, registry.parameters),
    ...(options ? { options: describeOptions(options) } : {}),
  } satisfies Manifest['program']
}
