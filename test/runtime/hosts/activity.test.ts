import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Assembly } from '../../../runtime/hosts/layers/assembly.ts'
import { chunksOf, partSize, type Chunk } from '../../../runtime/hosts/layers/chunk.ts'
import { bytesAStep, crossingsOf, type Crossing } from '../../../runtime/hosts/layers/crossing.ts'
import { distances } from '../../../runtime/hosts/layers/distances.ts'
import { firstNotFinite } from '../../../runtime/hosts/layers/finite.ts'
import { readOrders, readResult, textOf } from '../../../runtime/hosts/layers/messages.ts'
import { unitsAlone } from '../../../runtime/workers/pipeline/section-parts.ts'
import type { HostTensor } from '../../../runtime/values/tensor.ts'
import { compile } from '../../../src/index.ts'
import { tinyProgram } from '../../support/programs.ts'

/** Activity on its way between hosts, without a server. */

const bundle = 'b'.repeat(64)
const crossing: Crossing = { name: 'conv1.out/é', type: 'float32', shape: [3, 700], graph: 'conv1', from: 0 }
const tensor = (from: number): HostTensor => ({
  ...{ type: 'float32', shape: crossing.shape },
  data: Float32Array.from({ length: 2100 }, (_, i) => from + i),
})
const sent = (step: number, value = tensor(step), change: Readonly<Record<string, string>> = {}): Chunk[] =>
  [...chunksOf(crossing.name, value, { step, bundle, host: 'gpu-3', size: 2048 })].map(
    ({ headers, data }) => ({
      headers: { ...headers, ...change },
      data,
    }),
  )
const FARTHEST = 12
const begin = () =>
  new Assembly({ bundle, crossings: [crossing], totalSteps: 100, farthest: FARTHEST }, { next: 0, from: 1 })
const take = (assembly: Assembly, { headers, data }: Chunk, sequence = 1) => {
  assembly.take((name) => headers[name] ?? '', data, sequence)
}

describe('activity', () => {
  it('is put together from parts in any order, any number of times, at any place in memory', async () => {
    const messages = [0, 1, 2].flatMap((step) => sent(step))
    expect(messages).toHaveLength(15)
    const orders = fc.shuffledSubarray([...messages, ...messages], { minLength: 30 })
    await fc.assert(
      fc.asyncProperty(orders, async (shuffled) => {
        const assembly = begin()
        for (const { headers, data } of shuffled) {
          const elsewhere = new Uint8Array(data.length + 3).subarray(3)
          elsewhere.set(data)
          take(assembly, { headers, data: elsewhere })
        }
        for (const step of [0, 1, 2]) expect((await assembly.step(step))[crossing.name]).toEqual(tensor(step))
      }),
    )
  })

  it('is whole where parts of one size are all there, whatever has come of another', async () => {
    const assembly = begin()
    const larger = [...chunksOf(crossing.name, tensor(0), { step: 0, bundle, host: 'gpu-4', size: 4096 })]
    let isWhole = false
    const step = assembly.step(0).finally(() => (isWhole = true))
    for (const each of [...sent(0).slice(0, 2), ...larger.slice(2)]) take(assembly, each)
    await new Promise(setImmediate)
    expect(isWhole).toBe(false)
    for (const each of larger.slice(0, 2)) take(assembly, each)
    expect((await step)[crossing.name]).toEqual(tensor(0))
  })

  it('that was asked for already is passed over', async () => {
    const assembly = begin()
    for (const each of sent(0)) take(assembly, each)
    await assembly.step(0)
    for (const each of sent(0)) take(assembly, each)
    for (const each of sent(1)) take(assembly, each)
    expect((await assembly.step(1))[crossing.name]).toEqual(tensor(1))
  })

  it('is read from the first message on that whoever goes on at a step needs', () => {
    const assembly = begin()
    expect(assembly.firstFor(0)).toBe(1)
    for (const [i, each] of sent(0).entries()) take(assembly, each, 10 + i)
    for (const [i, each] of sent(1).entries()) take(assembly, each, 20 + i)
    for (const [i, each] of sent(1).entries()) take(assembly, each, 30 + i)
    expect(assembly.firstFor(1)).toBe(20)
    expect(assembly.firstFor(2)).toBe(35)
  })

  it('waits where enough of it is there, and goes on when some is asked for', async () => {
    const assembly = begin()
    for (const step of [0, 1, 2]) for (const each of sent(step)) take(assembly, each)
    let isFree = false
    const room = assembly.room().then(() => (isFree = true))
    await Promise.resolve()
    expect(isFree).toBe(false)
    await assembly.step(0)
    await room
    expect(isFree).toBe(true)
  })

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['another bundle', { 'Hebb-Bundle': 'c'.repeat(64) }, /is of another bundle/],
    ['a name that nobody reads', { 'Hebb-Tensor': 'other' }, /'other' at step 7 is not read here/],
    ['another type', { 'Hebb-Type': 'float64' }, /is float64\[3,700\], not float32\[3,700\]/],
    ['another shape', { 'Hebb-Shape': '700,3' }, /is float32\[700,3\], not float32\[3,700\]/],
    ['other parts', { 'Hebb-Part': '0/4' }, /is in no such parts: '0\/4' of 2048 bytes/],
    ['no step', { 'Hebb-Step': 'x' }, /is of no step/],
    ['a checksum that differs', { 'Hebb-CRC': '00000000' }, /is damaged: its checksum differs/],
  ])('of %s is refused, by layer, step and host', (_, change, problem) => {
    const [first] = sent(6, tensor(6), change)
    if (!first) throw new Error('nothing was sent')
    expect(() => {
      take(begin(), first)
    }).toThrow(problem)
    expect(() => {
      take(begin(), first)
    }).toThrow(/it came from gpu-3/)
  })

  it('that holds NaN is refused when it is whole', () => {
    const wrong = tensor(0)
    wrong.data[1234] = NaN
    const assembly = begin()
    expect(() => {
      for (const each of sent(4, wrong)) take(assembly, each)
    }).toThrow(
      /^the activity 'conv1.out\/é' of 'conv1' at step 5 holds NaN at element 1234 of \[3, 700\]: it came from gpu-3/,
    )
  })

  it('is refused where nobody of the training is so far ahead, and nothing of it is kept', async () => {
    const assembly = begin()
    for (const each of sent(FARTHEST - 1)) take(assembly, each)
    const ahead = sent(FARTHEST)[0]
    if (!ahead) throw new Error('nothing was sent')
    expect(() => {
      take(assembly, ahead)
    }).toThrow(/of 'conv1' at step 13 is 12 steps ahead, of 11 at most: it came from gpu-3/)
    for (const each of sent(0)) take(assembly, each)
    await assembly.step(0)
    take(assembly, ahead)
  })

  it('is refused where the training has no such step', () => {
    const last = new Assembly(
      { bundle, crossings: [crossing], totalSteps: 100, farthest: FARTHEST },
      { next: 95, from: 1 },
    )
    for (const each of sent(99)) take(last, each)
    expect(() => {
      for (const each of sent(100)) take(last, each)
    }).toThrow(/at step 101 is of a training of more than 100 steps/)
  })

  it('is refused in parts of more and more sizes, each of which would be a tensor of its own', () => {
    const assembly = begin()
    const of = (size: number) => {
      const all = [...chunksOf(crossing.name, tensor(0), { step: 0, bundle, host: 'gpu-3', size })]
      if (all[0]) take(assembly, all[0])
    }
    for (const size of [1024, 2048, 4096, 2052]) of(size)
    expect(() => {
      of(2056)
    }).toThrow(/'conv1' at step 1 comes in parts of 5 sizes/)
  })

  it('that comes late, of a step that nobody goes on from, is not asked about any more', () => {
    const assembly = begin()
    for (const [i, each] of sent(2).entries()) take(assembly, each, 20 + i)
    expect(assembly.firstFor(2)).toBe(20)
    for (const each of sent(0)) take(assembly, each, 5)
    expect(assembly.firstFor(2)).toBe(20)
  })

  it('is cut to parts below what a server takes, at whole elements', () => {
    expect(partSize(1024 * 1024)).toBe(1020 * 1024)
    expect(partSize(5000) % 8).toBe(0)
  })
})

describe('what is not finite', () => {
  it.each([
    ['float32', Float32Array.of(1, -0, 3e38, Infinity), 3, 'Infinity'],
    ['float32', Float32Array.of(1, NaN), 1, 'NaN'],
    ['float64', Float64Array.of(1e308, -Infinity), 1, '-Infinity'],
    ['float16', Uint16Array.of(0x3c00, 0x7bff, 0xfc00), 2, 'NaN or infinity'],
  ] as const)('is found in %s', (type, data, place, value) => {
    expect(firstNotFinite({ type, data })).toEqual({ place, value })
  })

  it('is nowhere in what is finite, or no number that could be otherwise', () => {
    expect(firstNotFinite({ type: 'float64', data: Float64Array.of(-1e308, 5e-324, 0) })).toBeUndefined()
    expect(firstNotFinite({ type: 'int64', data: BigInt64Array.of(-1n) })).toBeUndefined()
  })
})

describe('what groups and who asked for them say', () => {
  it('keeps all digits, and what JSON has no number for', () => {
    const done = {
      ...{ kind: 'done' as const, group: 1, host: 'a', step: 3 },
      losses: { 'conv1.loss': 0.1 + 0.2, 'conv2.loss': NaN },
      ...{ log: { conv1: { positive: -Infinity } }, graphs: { conv1: 1.5 } },
    }
    expect(readResult(textOf(done))).toEqual(done)
  })

  it('is refused where it is none of theirs', () => {
    expect(() => readOrders('{"until": -1, "saves": []}')).toThrow(/a message between groups of layers until/)
    expect(() => readResult('{"kind": "done"}')).toThrow(expect.objectContaining({ name: 'ServerError' }))
  })
})

describe('what crosses', () => {
  it('is kept for so many steps at most, however far checkpoints are apart, and whoever reads it remembers no more', () => {
    const layers = unitsAlone(compile(tinyProgram()).manifest.train)
    expect(distances(layers, 1_000_000).every).toBeLessThanOrEqual(10_000)
    expect(distances(layers, 300).every).toBe(300)
    const activity = crossingsOf(layers).flat()
    expect(distances(layers, 300).bytes).toBeGreaterThanOrEqual(bytesAStep(activity) + 1000 * activity.length)
  })

  it('is what one group makes and another reads', () => {
    const layers = unitsAlone(compile(tinyProgram()).manifest.train)
    const crossings = crossingsOf(layers)
    expect(crossings.map((read) => read.map(({ graph, from }) => ({ graph, from })))).toEqual([
      [],
      [{ graph: 'conv1', from: 0 }],
      [{ graph: 'conv2', from: 1 }],
    ])
  })
})
