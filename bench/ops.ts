/**
 * Time of the 3×3 convolutions of the VGG-6 and of their gradients, ours and PyTorch's in turn, beside a product of
 * matrices, which is as fast as the machine multiplies.
 *
 *     npx tsx bench/ops.ts cifar10 quarter
 */
import { join } from 'node:path'
import { writeSafetensors } from '../runtime/files/safetensors.ts'
import { writeCase, type OpsCase } from './case.ts'
import { best, compare, ratioOfFastest, type Comparison } from './compare.ts'
import { chosenVgg6, withVgg6 } from './encoder-option.ts'
import { environment, type Conditions } from './environment.ts'
import { takeTurns } from './harness.ts'
import { table } from './markdown.ts'
import { benchmark, commandLine, parseSettings, runCommand, withAllocator, type Settings } from './options.ts'
import { normals, withFolder } from './prepare.ts'
import { publish } from './record.ts'
import { together } from './contestant.ts'
import { showRatio, showTime } from './units.ts'
import type { Shape } from './programs.ts'
import type { Spread } from './statistics.ts'

interface Product {
  readonly title: string
  readonly op: OpsCase['op']
  readonly shapes: Readonly<Record<'x' | 'weight' | 'upstream', readonly number[]>>
  /** Of one variant; all have the same. */
  readonly flops: number
  /** What no training step does. */
  readonly left?: string
}

interface Result {
  readonly title: string
  readonly op: OpsCase['op']
  readonly flops: number
  readonly comparison: Comparison
}

/** One product of sums over up to a million terms, in float32. */
const TOLERANCE = 1e-3
const SIDE = 2048

const square = [SIDE, SIDE]
const matmul: Product = {
  title: `${SIDE}×${SIDE} matrices`,
  op: 'matmul',
  shapes: { x: square, weight: square, upstream: [1] },
  flops: 2 * SIDE ** 3,
}

/** The convolutions on both views of a batch. */
function convolutions({ size, batch, layers }: Shape): Product[] {
  let [side, inputs] = [size, 3]
  return layers.map(({ channels, pooled }, i) => {
    const maps = (count: number) => [2 * batch, count, side, side]
    const product: Product = {
      title: `${inputs}→${channels} @${side}`,
      op: 'conv',
      shapes: { x: maps(inputs), weight: [channels, inputs, 3, 3], upstream: maps(channels) },
      flops: 2 * (2 * batch * side * side) * 9 * inputs * channels,
      ...(i === 0 ? { left: 'input gradient' } : {}),
    }
    ;[side, inputs] = [pooled ? side / 2 : side, channels]
    return product
  })
}

async function measure(
  { title, op, shapes, flops, left }: Product,
  settings: Settings,
): Promise<{ results: Result[]; conditions: Conditions[] }> {
  return withFolder(async (folder) => {
    writeCase(folder, { kind: 'ops', op })
    const tensors = Object.entries(shapes).map(([name, shape]) => [name, normals(name, shape)] as const)
    writeSafetensors(join(folder, 'tensors.safetensors'), tensors)
    return together(settings, async ({ hebb, pyTorch }) => {
      const { variants } = await hebb.open(folder)
      const { versions: peer } = await pyTorch.open(folder)
      const results: Result[] = []
      const conditions: Conditions[] = []
      for (const variant of variants.filter((name) => name !== left)) {
        const { timings, ...met } = await takeTurns(
          [hebb, pyTorch].map((side) => ({ name: side.name, run: (count) => side.run(variant, count) })),
          settings.pace,
        )
        const name = op === 'conv' ? `${title}, ${variant}` : title
        results.push({ title: name, op, flops, comparison: compare(name, timings, TOLERANCE) })
        conditions.push({ peer, ...met })
      }
      return { results, conditions }
    })
  })
}

/** GF/s of a median time in milliseconds. */
const speed = (flops: number, milliseconds: number) => flops / milliseconds / 1e6

function row({ title, flops, comparison }: Result, peak: number): string[] {
  const cells = (time: Spread | undefined) => {
    const reached = speed(flops, time?.median ?? NaN)
    return [showTime(time), reached.toFixed(0), `${((100 * reached) / peak).toFixed(0)} %`]
  }
  const rival = best(comparison)
  const ratio = [showRatio(rival?.ratio), ratioOfFastest(comparison).toFixed(2)]
  return [title, ...cells(comparison.ours.time), ...cells(rival?.time), ...ratio]
}

const head = ['', 'Hebb', 'GF/s', 'of peak', 'PyTorch', 'GF/s', 'of peak', 'ratio', 'of fastest rounds']

const command = withAllocator(
  withVgg6(
    benchmark(
      'ops',
      'Time of convolutions and their gradients beside PyTorch and the speed of a product of matrices.',
    ),
  ),
).action(async () => {
  const { keep, ...settings } = parseSettings(command)
  const { name, shape } = chosenVgg6(command)
  const measured: Awaited<ReturnType<typeof measure>>[] = []
  for (const product of [matmul, ...convolutions(shape)]) measured.push(await measure(product, settings))
  const results = measured.flatMap((each) => each.results)
  const [gemm] = results
  if (!gemm) throw new Error('nothing was measured')
  const { ours, rivals } = gemm.comparison
  const fastest = Math.min(ours.time.least, ...rivals.map(({ time }) => time.least))
  const peak = speed(gemm.flops, fastest)
  const report = {
    section: `ops ${name}`,
    command: commandLine('ops'),
    environment: environment(
      settings,
      measured.flatMap(({ conditions }) => conditions),
    ),
    results,
    markdown: table(
      head,
      results.map((result) => row(result, peak)),
    ),
  }
  await publish(report, keep)
})

await runCommand(command)
