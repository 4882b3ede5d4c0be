import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { present } from '../src/base/lists.ts'
import { writeSafetensors } from '../runtime/files/safetensors.ts'
import { writeCase } from './case.ts'
import { normals } from './prepare.ts'
import type { Both } from './contestant.ts'
import type { Machine } from './direct-cost.ts'
import type { Entrant, Timing } from './harness.ts'

/** Bytes that are copied, more than any cache holds, and the side of matrices. */
const [BYTES, SIDE] = [2 ** 28, 2048]
const product = 2 * SIDE ** 3
/** A copy reads as much as it writes. */
const copied = 2 * BYTES

/** What the machine does at most, by both sides, in turn with what is held to it. */
export interface Peaks {
  readonly entrants: readonly Entrant[]
  readonly machineOf: (timings: readonly Timing[]) => Machine
  readonly versions: Readonly<Record<string, string>>
}

const [byUs, byPyTorch, copy] = ['product by onnxruntime', 'product by PyTorch', 'copy by PyTorch'] as const

export async function openPeaks(folder: string, { hebb, pyTorch }: Both): Promise<Peaks> {
  const [products, limits] = [join(folder, 'products'), join(folder, 'limits')]
  for (const place of [products, limits]) mkdirSync(place)
  writeCase(products, { kind: 'ops', op: 'matmul' })
  const square = [SIDE, SIDE]
  const tensors = Object.entries({ x: square, weight: square, upstream: [1] })
  writeSafetensors(
    join(products, 'tensors.safetensors'),
    tensors.map(([name, shape]) => [name, normals(name, shape)] as const),
  )
  writeCase(limits, { kind: 'limits', bytes: BYTES, size: SIDE })
  const { versions } = await pyTorch.open(limits)
  await hebb.open(products)
  return {
    versions,
    entrants: [
      { name: byUs, run: (count) => hebb.run('matmul', count) },
      { name: byPyTorch, run: (count) => pyTorch.run('product float32', count) },
      { name: copy, run: (count) => pyTorch.run('within device', count) },
    ],
    machineOf: (timings) => {
      /** Seconds of the fastest round. */
      const least = (name: string) => Math.min(...roundsOf(timings, name)) / 1000
      return {
        flops: product / Math.min(least(byUs), least(byPyTorch)),
        bandwidth: copied / least(copy),
      }
    },
  }
}

const roundsOf = (timings: readonly Timing[], wanted: string): readonly number[] =>
  present(
    timings.find(({ name }) => name === wanted),
    wanted,
  ).rounds
