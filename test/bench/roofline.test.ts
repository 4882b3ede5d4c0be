import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { estimate, needOf, type Gpu, type Need } from '../../bench/gpu/estimate.ts'
import { rooflineTable } from '../../bench/gpu/roofline-table.ts'
import { adamw, compile, flatten, layer, linear, local, program, rule } from '../../src/index.ts'

/** What a training step takes of a GPU at least. */

const gpu: Gpu = { name: 'round', flops: 1e12, memory: 1e12, bus: 1e9, launch: 1e-5 }
const need: Need = {
  flops: 4e9,
  traffic: 2e9,
  nodes: 100,
  stateIn: 6e6,
  stateOut: 4e6,
  activity: 5e8,
  batch: 1e6,
}

describe('an estimate', () => {
  test('is the longest of products, memory and launches', () => {
    expect(estimate(need, gpu, 1)).toMatchObject({
      products: 4e-3,
      memory: 2e-3,
      launches: 1e-3,
      step: 4e-3,
      bound: 'products',
    })
    expect(estimate({ ...need, traffic: 5e9 }, gpu, 1).bound).toBe('memory')
    expect(estimate({ ...need, nodes: 1000 }, gpu, 1).bound).toBe('launches')
  })

  test('says of how many steps the bus is 2 %', () => {
    const { run, step, enough } = estimate(need, gpu, 1)
    expect(run).toBeCloseTo(1e-2, 12)
    expect(run / (enough * step)).toBeLessThanOrEqual(0.02)
    expect(run / ((enough - 1) * step)).toBeGreaterThan(0.02)
  })

  test('counts state three times in the memory of the device, and a batch for each step of a run', () => {
    expect(estimate(need, gpu, 64).deviceBytes).toBe(1e9 + 3 * 6e6 + 5e8 + 64e6)
  })
})

test('needs are counted once for each value, whichever graphs read it', () => {
  const [units, pixels, rows] = [3, 4, 2]
  const { manifest } = compile(
    program({
      input: { channels: 1, size: 2 },
      batch: 2,
      views: ['a'],
      encoder: [layer('dense', flatten(), linear(units, { bias: false }))],
      learn: local(rule<'a'>('quiet', ({ out }) => out.a.square().mean())),
      optimizer: adamw({ lr: 0.1 }),
    }),
    { target: 'cuda', stepsPerRun: 1 },
  )
  const found = needOf(manifest.train)
  // The weight and AdamW's two moments.
  expect(found.stateIn).toBe(3 * 4 * units * pixels)
  expect(found.stateOut).toBe(found.stateIn)
  // Forwards and for the weight's gradient, two operations for each multiplication.
  expect(found.flops).toBeGreaterThanOrEqual(2 * 2 * rows * units * pixels)
})

test('the table of docs/gpu-server.md is what the compiler counts (npx tsx bench/gpu/roofline.ts writes it)', () => {
  const cells = (text: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
  const [, section = ''] =
    /<!-- begin roofline -->([^]*)<!-- end roofline -->/.exec(readFileSync('docs/gpu-server.md', 'utf8')) ??
    []
  expect(cells(section)).toEqual(cells(rooflineTable()))
})
