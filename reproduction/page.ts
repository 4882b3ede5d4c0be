import { nameOf } from './tables.ts'
import type { Curve, Report, Run } from '../report/index.ts'
import type { MeasuredRun, Reproduced } from './results.ts'

/** The same figures as a page, with curves of accuracy and alignment by epoch. */

const runPage = ({ name, seed, step, totalSteps, curve }: MeasuredRun): Run => {
  const layers = curve[0]?.cosines?.layers.map(({ layer }) => layer) ?? []
  const cosines: Curve[] = layers.map((layer) => ({
    layer,
    points: curve.flatMap(({ step, cosines }) =>
      (cosines?.layers ?? []).flatMap((each) => (each.layer === layer ? [[step, each.cosine] as const] : [])),
    ),
  }))
  return {
    name: `${nameOf(name)}, seed ${seed}`,
    description: step === totalSteps ? `${step} steps` : `${step} of ${totalSteps} steps: it is under way`,
    losses: [],
    ...(cosines.length > 0 ? { logs: [{ name: 'cosine with backpropagation', curves: cosines }] } : {}),
    online: curve.map(({ step, epoch, accuracy }) => ({
      step,
      epoch,
      layers: [{ layer: 'all layers', ...accuracy }],
    })),
    locality: [],
    graphs: [],
  }
}

export function reproductionPage(found: Reproduced, command: string): Report {
  const { baselines, runs, settings, open } = found
  const ended = runs.filter(({ end }) => end)
  const rows = [...baselines, ...ended]
  const names = [...new Set(rows.map(({ name }) => name))]
  const cells = (name: string, of: 'linear' | 'knn') => {
    const values = rows.flatMap((row) => (row.name === name && row.end ? row.end[of] : []))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    return { value: mean, ...(values.length > 1 ? { spread: Math.sqrt(squares / (values.length - 1)) } : {}) }
  }
  return {
    title: 'The paper at an eighth of its width',
    subtitle: 'CIFAR-10: accuracy and alignment along training',
    settings: [
      ['Linear probe', `${settings.probeEpochs} epochs on crops of at least ${settings.area} of the area`],
      ['Along training', `${settings.perClass} images a class, ${settings.shortEpochs} epochs, as they are`],
      ['Alignment', `${settings.batches} batches`],
    ],
    notes: open.length === 0 ? [] : [`Not at the end yet: ${open.join(', ')}.`],
    ...(rows.length === 0
      ? {}
      : {
          table: {
            caption: 'Test images; spreads are standard deviations over seeds.',
            columns: [{ name: 'linear' }, { name: 'nearest neighbours' }],
            rows: names.map((name) => ({
              name: nameOf(name),
              cells: [cells(name, 'linear'), cells(name, 'knn')],
              baseline: baselines.some((each) => each.name === name),
            })),
            reference: nameOf('untrained'),
          },
        }),
    runs: runs.map(runPage),
    commands: [command],
  }
}
