import { describe, expect, test } from 'vitest'
import { compare } from '../../bench/compare.ts'
import { stepTable } from '../../bench/step-table.ts'
import { sentence } from '../../bench/summary-text.ts'
import type { Duel } from '../../bench/duel.ts'

/** Our fastest way beside the fastest of PyTorch's, and beside PyTorch as Python starts it. */

const timing = (name: string, time: number) => ({
  name,
  rounds: [time, time, time],
  values: [[1]],
  stepsPerRound: 1,
})
const [threads, shards] = [timing('threads', 40), timing('shards', 30)]
const duel: Duel = {
  comparison: compare('BP', [shards, timing('default', 100), timing('kept, channels-last', 50)], 0),
  ours: [threads, shards],
  satOut: [{ name: 'kept memory', milliseconds: 60 }],
  peer: {},
  handOver: [0.1],
}

describe('the table of steps', () => {
  test('has every way that was timed, those that sat out in brackets, and no others', () => {
    const { head, rows } = stepTable([duel])
    expect(head).toEqual([
      '',
      'Hebb, threads',
      'Hebb, shards',
      'PyTorch, default',
      'PyTorch, kept memory',
      'PyTorch, kept, channels-last',
      'ratio to best',
      'of fastest rounds',
      'ratio to default',
      'core to core',
    ])
    expect(rows).toEqual([
      [
        'BP',
        '40.0 ms',
        '30.0 ms',
        '100 ms',
        '(60.0 ms)',
        '50.0 ms',
        '**0.60** (0.60–0.60)',
        '0.60',
        '**0.30** (0.30–0.30)',
        '0.10 µs',
      ],
    ])
  })
})

test('the README is told ranges over the rules, of each width', () => {
  const range = '\\d\\.\\d\\d(–\\d\\.\\d\\d)?'
  expect(sentence()).toMatch(
    new RegExp(`takes ${range} of .*\\(${range} as .* at a quarter, ${range} \\(${range}\\) at an eighth`),
  )
})
