import { table } from '../bench/markdown.ts'
import type { Measured } from '../bench/measured.ts'

/** Tables of docs/reproduction.md: each figure is the mean over seeds, with all of them behind it. */

const names: Readonly<Record<string, string>> = {
  pixels: 'raw pixels',
  untrained: 'untrained encoder',
  withoutSpatial: 'CLAPP++ without spatial dependence',
  plusPlus: 'CLAPP++',
  directFeedback: 'CLAPP++DFB',
  both: 'CLAPP++both',
  backpropagation: 'BP-CLAPP++',
}

/** `54.1 (53.8, 54.4)`. */
function over(values: readonly number[], show: (value: number) => string): string {
  if (values.length === 0) return '–'
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.length === 1 ? show(mean) : `${show(mean)} (${values.map(show).join(', ')})`
}

const percent = (value: number): string => (100 * value).toFixed(1)
const plain = (value: number): string => value.toFixed(3)

export function reproductionTables(measured: readonly Measured[]): string {
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
