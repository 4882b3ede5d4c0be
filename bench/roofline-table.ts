import { bytes, count } from '../src/cli/units.ts'
import { roofline, type DirectCost, type Machine } from './direct-cost.ts'
import { median } from './statistics.ts'
import { showMilliseconds } from './units.ts'
import type { Conditions } from './environment.ts'
import type { Timing } from './harness.ts'

export interface Found extends Conditions {
  /** The encoder. */
  readonly of: string
  readonly title: string
  readonly cost: DirectCost
  readonly machine: Machine
  /** Our ways; the faster counts. */
  readonly steps: readonly Timing[]
}

export const head = [
  'a step of',
  'operations',
  'peak',
  'at the peak',
  'updates',
  'memory',
  'at its speed',
  'both',
  'Hebb',
  'multiple',
  'core to core',
]

export function row({ of, title, cost, machine, steps, handOver = [] }: Found): string[] {
  const { products, updates, both } = roofline(cost, machine)
  const ours = Math.min(...steps.map(({ rounds }) => median(rounds)))
  return [
    `${of}, ${title}`,
    `${count(cost.flops)}FLOP`,
    `${(machine.flops / 1e9).toFixed(0)} GF/s`,
    showMilliseconds(1000 * products),
    bytes(cost.updateBytes),
    `${(machine.bandwidth / 1e9).toFixed(1)} GB/s`,
    showMilliseconds(1000 * updates),
    showMilliseconds(1000 * both),
    showMilliseconds(ours),
    `**${(ours / (1000 * both)).toFixed(2)}**`,
    handOver.length > 0 ? `${median(handOver).toFixed(2)} µs` : '',
  ]
}
