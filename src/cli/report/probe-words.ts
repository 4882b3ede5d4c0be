import { FEW_LABEL_EPOCHS } from '../../../runtime/probe/probe.ts'
import { at } from '../../base/lists.ts'
import { percentOf as percent, plural } from '../units.ts'
import type { ProbeFigures, Result } from './probe-file.ts'

/** How probes were made, in words. */

const number = (value: number): string => value.toLocaleString('en-GB')

/** On what accuracy was measured, in words. */
export const judgedOn = (
  { settings: { validation }, data }: Pick<ProbeFigures, 'settings' | 'data'>,
  noun: string,
): string =>
  `${
    validation === undefined
      ? `the test ${noun}s`
      : `the ${percent(validation)} of the training ${noun}s that were set aside`
  }${data === undefined ? '' : ` of ${data}`}`

/** How many images were judged, as confusions count them; unknown of very many classes. */
function judgedCount(results: readonly Result[]): number | undefined {
  const confusion = results.find((result) => result.confusion !== undefined)?.confusion
  return confusion?.flat().reduce((sum, count) => sum + count, 0)
}

/** Label and value, of all that the figures depend on beside the encoder. */
export function probeWords(
  { data, settings, encoders }: ProbeFigures,
  noun: string,
): readonly (readonly [label: string, value: string])[] {
  const { k, labels, epochs, seed, crops } = settings
  const results = encoders.flatMap((encoder) => encoder.results)
  const draws = results.length > 0 ? at(results, 0).fewLabels.values.length : undefined
  const count = judgedCount(results)
  const cropped =
    crops === undefined
      ? ''
      : `, on other crops of the images in every epoch, of ${percent(crops)} of their area or more, half of them mirrored`
  return [
    ['kNN', `the ${plural(k, `training ${noun}`)} nearest by cosine vote`],
    [
      'linear',
      `one linear layer, ${plural(epochs, 'epoch')} on all labels of the training ${noun}s${cropped}`,
    ],
    [
      plural(labels, 'label'),
      `one linear layer, ${plural(FEW_LABEL_EPOCHS * epochs, 'epoch')} on ${plural(labels, 'label')} a class${draws === undefined ? '' : `, mean over ${plural(draws, 'draw')}`}`,
    ],
    ['Seed of the probes', String(seed)],
    [
      'Judged on',
      `${judgedOn({ settings, data }, noun)}${count === undefined ? '' : `, ${number(count)} in all`}`,
    ],
    ...(encoders.some(({ encoder }) => encoder === 'averaged')
      ? [['Weights', 'the average that the run keeps'] as const]
      : []),
  ]
}
