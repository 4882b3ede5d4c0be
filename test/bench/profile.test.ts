import { expect, test } from 'vitest'
import { profileText, summarise } from '../../bench/profile-summary.ts'

const node = (name: string, operator: string, ts: number, dur: number) => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  ts,
  dur,
  args: { op_name: operator },
})
const run = (ts: number, dur: number) => ({ cat: 'Session', name: 'model_run', ts, dur })

/** A graph that ran once in a step for three steps, the first of them to warm up; microseconds. */
const layer = JSON.stringify([
  run(0, 9000),
  node('conv1/matmul', 'MatMul', 1, 8000),
  run(10_000, 3000),
  node('conv1/matmul', 'MatMul', 10_001, 2000),
  run(20_000, 5000),
  node('conv1/matmul', 'MatMul', 20_001, 4000),
  node('conv1/add', 'Add', 20_002, 1000),
])
/** Another that ran twice a step. */
const update = JSON.stringify([0, 1, 2, 3, 4, 5].map((i) => run(1000 * i, 500)))

test('a profile is summed by operator and node, per step, without the warm-up', () => {
  const { runs, operators, nodes } = summarise([layer, update], 1, 2)
  expect(runs).toBe((3 + 5 + 4 * 0.5) / 2)
  expect([...operators]).toEqual([
    ['MatMul', 3],
    ['Add', 0.5],
  ])
  expect(nodes.get('conv1/matmul (MatMul)')).toBe(3)
})

test('the longest come first, and only so many', () => {
  const text = profileText(summarise([layer], 1, 2), 1)
  expect(text).toContain('| MatMul | 3.00 |')
  expect(text).not.toContain('Add')
})
