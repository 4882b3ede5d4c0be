import { table } from '../markdown.ts'
import { median } from '../statistics.ts'
import type { Tried } from './stage.ts'

export interface FinishedTry {
  readonly name: string
  readonly what: string
  readonly of: 'sweep' | 'layers'
  readonly tried: Tried
}

const seconds = (value: number): string => `${value.toFixed(1)} s`

const listed = (counts: Tried['counts']): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')

const goesOn = ({ until }: Tried): string =>
  until.length === 0 ? '–' : `${seconds(median(until))} (at most ${seconds(Math.max(...until))})`

export function tellTry({ name, of, tried }: FinishedTry): string {
  return [
    `${of}, ${name}: ${listed(tried.counts)}; taken ${tried.attempts} times; ${seconds(tried.seconds)}; elsewhere after ${goesOn(tried)}`,
    ...tried.violations.map((violation) => `  violation: ${violation}`),
  ].join('\n')
}

export const triesTable = (finished: readonly FinishedTry[], lease: number): string =>
  table(
    ['', 'of', 'done', `taken (lease ${lease} s)`, 'goes on elsewhere after', 'in all', 'violations'],
    finished.map(({ what, of, tried }) => [
      ...[what, of, listed(tried.counts), `${tried.attempts} times`, goesOn(tried), seconds(tried.seconds)],
      String(tried.violations.length),
    ]),
  )
