import { present } from '../../src/base/lists.ts'
import { median, pairedRatio, spread } from '../statistics.ts'
import { showSpeedUp, showStepRate } from '../units.ts'
import type { Conditions } from '../environment.ts'
import type { Layout } from '../ours/layouts.ts'

/** One way to use some cores. */
export interface ScaledWay {
  readonly cores: number
  readonly layout: Layout
  /** Milliseconds a step, by round. */
  readonly rounds: readonly number[]
}

export interface Scaled extends Conditions {
  readonly title: string
  readonly ways: readonly ScaledWay[]
}

const kinds = ['threads', 'layers', 'shards'] as const
type Kind = (typeof kinds)[number]

const kindOf = ({ workers, by = 'layers' }: Layout): Kind => (workers === 1 ? 'threads' : by)

export const head = (cores: readonly number[]): string[] => [
  '',
  ...cores.flatMap((count) =>
    count === 1
      ? ['1 core']
      : kinds.flatMap((kind) => [`${count} cores, ${kind}`, ...(kind === 'threads' ? [] : ['to threads'])]),
  ),
  'core to core',
]

/** Steps a second of each way, and how many times as many as with as many threads of one session. */
export function row({ title, ways, handOver = [] }: Scaled, cores: readonly number[]): string[] {
  const find = (count: number, kind: Kind) =>
    ways.find(({ cores, layout }) => cores === count && kindOf(layout) === kind)
  const cells = cores.flatMap((count) => {
    const threads = present(find(count, 'threads'), `${count} threads`)
    const rate = showStepRate(spread(threads.rounds))
    if (count === 1) return [rate]
    const others = (['layers', 'shards'] as const).flatMap((kind) => {
      const way = find(count, kind)
      if (!way) return ['', '']
      return [showStepRate(spread(way.rounds)), showSpeedUp(pairedRatio(way.rounds, threads.rounds))]
    })
    return [rate, ...others]
  })
  return [title, ...cells, handOver.length > 0 ? `${median(handOver).toFixed(2)} µs` : '']
}
