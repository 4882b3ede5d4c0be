import {
  alikeByConstruction,
  byEncoder,
  notesOf,
  type AlignmentFigures,
  type ProgramFigures,
} from './align-figures.ts'
import { withError } from './align-table.ts'
import { plural } from './units.ts'
import type { Agreement } from '../../runtime/align/measure.ts'
import type { Summary } from '../../runtime/align/summary.ts'
import type { AlignmentPoint, AlignmentReport, AlignmentSeries } from '../../report/index.ts'

/** What was measured, as data for the report. */
export function alignmentReport(figures: AlignmentFigures, command: string): AlignmentReport {
  const { data, batches, seed, projections, programs } = figures
  return {
    title: 'Local updates and backpropagation',
    subtitle:
      'The same parameters, images, views and negatives; the same loss, taken at every layer or at the top.',
    notes: [
      "The cosine is that of the angle between a layer's update by its own loss and its update by the loss of the top " +
        'layer, backpropagated through the encoder: over all weights and biases of the layer together. The ratio is ' +
        'that of their lengths, local by backpropagated.',
      ...programs.flatMap(({ name, meanOfOthers, ...program }) =>
        meanOfOthers === null
          ? []
          : [
              `${name}: ${alikeByConstruction(program).join(', ')} is 1 by construction, as both take the same loss there. ` +
                `The mean cosine of the other layers is ${withError(meanOfOthers.cosine, 3)}, of the ratio ${withError(meanOfOthers.ratio, 2)}.`,
            ],
      ),
      ...programs.flatMap((program) =>
        notesOf(program).map((note) => `Not the same loss on both sides: ${note}`),
      ),
      ...(projections
        ? [
            'With trained projections: the encoder is frozen, and the parameters of the rule below the top layer are ' +
              'trained on other batches to make the local update the backpropagated one (squared error). ' +
              'It shows how far the projections, rather than the rule, are what keeps the two apart. With a hinge, the gradient of an ' +
              'update does not see rows become active or satisfied; there the error may rise, too.',
          ]
        : []),
    ],
    groups: byEncoder(programs).map((group) => ({
      layers: group[0]?.layers.map(({ layer }) => layer) ?? [],
      series: group.flatMap(seriesOf),
    })),
    settings: [
      ['Images', data],
      ['Batches', `${batches}, of ${[...new Set(programs.map(({ batch }) => batch))].join(' or ')} images`],
      ['Seed', String(seed)],
      ...programs.map(
        ({ name, rule, credit, checkpoint }) =>
          [
            name,
            `${rule}, ${credit} credit, ${checkpoint ? `${checkpoint.run} after step ${checkpoint.step}` : 'untrained'}`,
          ] as const,
      ),
      ...byEncoder(programs).map(
        ([first]) => ['Encoder', first?.encoder.map(({ summary }) => summary).join(' → ') ?? ''] as const,
      ),
      ...(projections
        ? [
            [
              'Projections',
              `${plural(projections.steps, 'step')} of Adam from ${projections.rate}, falling as half a cosine`,
            ] as const,
          ]
        : []),
    ],
    commands: [command],
  }
}

const cell = ({ mean, standardError }: Summary) => ({ value: mean, spread: standardError })
const point = ({ cosine, ratio }: Agreement): AlignmentPoint => ({ cosine: cell(cosine), ratio: cell(ratio) })

const seriesOf = (figures: ProgramFigures, program: number): AlignmentSeries[] => {
  const { name, trained } = figures
  const own = { name, program, trainedProjections: false, ...points(figures) }
  if (!trained) return [own]
  return [
    own,
    { name: `${name}, trained projections`, program, trainedProjections: true, ...points(trained) },
  ]
}

const points = (figures: Pick<ProgramFigures, 'layers' | 'mean' | 'meanOfOthers'>) => ({
  points: figures.layers.map(point),
  mean: point(figures.mean),
  ...(figures.meanOfOthers ? { meanOfOthers: point(figures.meanOfOthers) } : {}),
  byConstruction: alikeByConstruction(figures),
})
