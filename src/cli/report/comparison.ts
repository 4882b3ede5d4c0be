import { at } from '../../base/lists.ts'
import { plural } from '../units.ts'
import { methodTable, type Method } from './accuracy.ts'
import { encodersOf } from './judged-parts.ts'
import { nounOf } from './noun.ts'
import { judgedOn, probeWords } from './probe-words.ts'
import type { ResultTable } from '../../../report/index.ts'
import type { Gathered } from './gather.ts'
import type { ProbeFigures } from './probe-file.ts'

/** Accuracies of runs side by side, as far as they were probed alike. */

export interface RunsCompared {
  /** Undefined where no run was probed. */
  readonly table: ResultTable | undefined
  /** Which runs are not in it, and why. */
  readonly notes: readonly string[]
  /** Tables of those that were probed otherwise, by their number. */
  readonly others: ReadonlyMap<number, ResultTable>
}

interface Probed {
  readonly index: number
  readonly name: string
  readonly gathered: Gathered
  readonly probes: ProbeFigures
}

/** Where the images of its probes lay. */
const dataOf = ({ gathered, probes }: Probed): string => probes.data ?? gathered.opened.run.record.data

/** Whether both were judged on the same images: of one path, or both of those that they were trained on, which are the same. */
function areOnOneData(one: Probed, other: Probed): boolean {
  if (dataOf(one) === dataOf(other)) return true
  const records = [one, other].map(({ gathered }) => gathered.opened.run.record)
  return (
    new Set(records.map(({ images }) => images)).size === 1 &&
    [one, other].every((each) => dataOf(each) === each.gathered.opened.run.record.data)
  )
}

const settings = ['k', 'labels', 'epochs', 'seed', 'validation', 'crops'] as const
const settingNames: Readonly<Record<(typeof settings)[number], string>> = {
  k: 'neighbours',
  labels: 'labels a class',
  epochs: 'epochs',
  seed: 'seed',
  validation: 'part set aside',
  crops: 'area of crops',
}

/** In what a run was probed otherwise than another. */
function differences(one: Probed, other: Probed): readonly string[] {
  const value = ({ probes }: Probed, name: (typeof settings)[number]) =>
    String(probes.settings[name] ?? 'none')
  return [
    ...(areOnOneData(one, other) ? [] : [`on images of ${dataOf(one)}, not of ${dataOf(other)}`]),
    ...settings
      .filter((name) => value(one, name) !== value(other, name))
      .map((name) => `${settingNames[name]} ${value(one, name)}, not ${value(other, name)}`),
  ]
}

/** What most of the runs agree with; the first of several. */
function referenceOf(probed: readonly Probed[]): Probed | undefined {
  const likes = probed.map((each) => probed.filter((other) => differences(other, each).length === 0).length)
  return probed[likes.indexOf(Math.max(...likes))]
}

/** All runs that were probed alike in one table, beside raw pixels and the encoders as they started. */
export function comparison(gathered: readonly Gathered[], names: readonly string[]): RunsCompared {
  const all = gathered.map((each, index) => ({ index, name: names[index] ?? each.run.name, gathered: each }))
  const probed = all.flatMap((each): Probed[] =>
    each.gathered.probes ? [{ ...each, probes: each.gathered.probes }] : [],
  )
  const reference = referenceOf(probed)
  if (!reference) return { table: undefined, notes: [], others: new Map() }
  const alike = probed.filter((each) => differences(each, reference).length === 0)
  const otherwise = probed.filter((each) => !alike.includes(each))
  return {
    table: tableOf(alike),
    notes: [
      ...all
        .filter(({ gathered }) => !gathered.probes)
        .map(({ name, gathered }) => `${name} is not in the table: ${whyNone(gathered)}.`),
      ...otherwise.map(
        (each) =>
          `${each.name} is not in the table: it was probed otherwise (${differences(each, reference).join('; ')}). Its own figures are with its run.`,
      ),
    ],
    others: new Map(otherwise.map((each) => [each.index, tableOf([each])])),
  }
}

const whyNone = ({ run, opened: { step } }: Gathered): string =>
  run.missing?.find(({ part }) => part.startsWith('Accuracy'))?.why ??
  `it was not probed after its ${plural(step, 'step')}`

function tableOf(alike: readonly Probed[]): ResultTable {
  const { probes: first, gathered } = at(alike, 0)
  const noun = nounOf(gathered.opened.run.bundle.manifest.program.input)
  const { pixels } = encodersOf(first)
  const methods: Method[] = [
    ...(pixels ? [{ name: 'raw pixels', baseline: true, seeds: [pixels] }] : []),
    ...startsOf(alike),
    ...alike.map(({ name, probes }) => ({ name, baseline: false, seeds: [encodersOf(probes).trained] })),
  ]
  return methodTable(methods, first.settings, {
    images: judgedOn(first, noun),
    seeds: 1,
    measured: probeWords(first, noun),
  })
}

/** One of all encoders that started alike, else one of each. */
function startsOf(probed: readonly Probed[]): readonly Method[] {
  const starts = probed.flatMap(({ name, probes }) => {
    const { before } = encodersOf(probes)
    const isGiven = probes.encoders.some(({ encoder }) => encoder === 'given')
    return before
      ? [{ name, before, kind: isGiven ? 'given' : 'untrained', text: JSON.stringify(before) }]
      : []
  })
  const isOne = new Set(starts.map(({ text }) => text)).size === 1
  return (isOne ? starts.slice(0, 1) : starts).map(({ name, before, kind }) => ({
    name: isOne ? kind : `${name}, ${kind}`,
    baseline: true,
    seeds: [before],
  }))
}
