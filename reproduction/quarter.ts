import { z } from 'zod'
import { table } from '../bench/markdown.ts'
import { names } from './names.ts'
import { over, percent } from './tables.ts'

/** The reproduction before, at a quarter of the width and 2000 steps, by another protocol: its stored figures, and their tables. */

const probeSchema = z.object({
  probe: z.string(),
  knn: z.number(),
  linear: z.number(),
  fewLabels: z.object({ mean: z.number() }),
})
const measuredSchema = z.object({
  name: z.string(),
  seed: z.int(),
  /** Steps of training. */
  step: z.int(),
  probes: z.array(probeSchema),
  /** Mean cosines, layer by layer and of all. */
  alignment: z
    .object({ layers: z.array(z.object({ layer: z.string(), cosine: z.number() })), mean: z.number() })
    .optional(),
})
export const quarterSchema = z.array(measuredSchema)
type Measured = z.infer<typeof measuredSchema>

const plain = (value: number): string => value.toFixed(3)

export function quarterTables(measured: readonly Measured[]): string {
  const known = Object.keys(names).filter((name) => measured.some((each) => each.name === name))
  const of = (name: string) => measured.filter((each) => each.name === name)
  const probes = (name: string, readout: string, read: (probe: Measured['probes'][number]) => number) =>
    over(
      of(name).flatMap(({ probes }) =>
        probes.filter(({ probe }) => probe === readout || probe === 'pixels').map(read),
      ),
      percent,
    )
  const accuracy = (readout: string) =>
    table(
      ['', 'nearest neighbours', 'linear', '10 labels a class'],
      known.map((name) => [
        names[name] ?? name,
        probes(name, readout, ({ knn }) => knn),
        probes(name, readout, ({ linear }) => linear),
        probes(name, readout, ({ fewLabels }) => fewLabels.mean),
      ]),
    )
  const trained = known.filter((name) => of(name).some(({ alignment }) => alignment))
  const layers = of(trained[0] ?? '')[0]?.alignment?.layers.map(({ layer }) => layer) ?? []
  const cosines = (name: string, layer: string) =>
    over(
      of(name).flatMap(
        ({ alignment }) =>
          alignment?.layers.filter((each) => each.layer === layer).map(({ cosine }) => cosine) ?? [],
      ),
      (value) => value.toFixed(2),
    )
  const alignment = table(
    ['', 'mean', ...layers],
    trained.map((name) => [
      names[name] ?? name,
      over(
        of(name).flatMap(({ alignment }) => alignment?.mean ?? []),
        plain,
      ),
      ...layers.map((layer) => cosines(name, layer)),
    ]),
  )
  const steps = [...new Set(trained.flatMap((name) => of(name).map(({ step }) => step)))]
  return [
    `After ${steps.join(', ')} steps of 32 images. In brackets: seed by seed.`,
    'Accuracy on the test images in %, features averaged over the tiles that CLAPP++ scores, all layers together:',
    accuracy('spatial'),
    'The same, features averaged over the whole map:',
    accuracy('average'),
    'Cosine between local and backpropagated updates at the end of training:',
    alignment,
  ].join('\n\n')
}
