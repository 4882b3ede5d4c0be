/**
 * What it costs to look at a network while it is trained, at the demo's size: the same training without, with probes of
 * every layer once an epoch, and with images set aside and losses on them, too; and whether the bits are the same.
 *
 *     npx tsx bench/probe-while-training.ts [ROUNDS] [EPOCHS]
 *
 * All take turns, so that a change of the machine's speed meets all of them. Ratios are taken round by round: of CPU time,
 * which a busy machine changes less, and of wall time; medians are shown, and quartiles. What is set aside shortens an epoch,
 * so times are of a step.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../src/index.ts'
import { runFiles, train, type TrainOptions } from '../runtime/index.ts'
import { epochs as demoEpochs, plusPlus } from '../rules/recipes/fashion-mnist.ts'
import { table } from './markdown.ts'
import { withFolder } from './prepare.ts'
import { startAsTrain } from './start-as-train.ts'
import { median, pairedRatio } from './statistics.ts'
import { showRatio } from './units.ts'

startAsTrain()

const [rounds = 5, epochs = demoEpochs] = process.argv.slice(2).map(Number)
const data = new URL('../data/fashion-mnist', import.meta.url).pathname
const bundle = compile(plusPlus)

interface Variant {
  readonly name: string
  readonly options: Partial<TrainOptions>
  /** Milliseconds a step: of all threads' work, and of the clock. */
  readonly cpu: number[]
  readonly wall: number[]
}
const variant = (name: string, options: Partial<TrainOptions>): Variant => ({
  name,
  options,
  cpu: [],
  wall: [],
})
const plain = variant('not looked at', {})
const probed = variant('probed', { probeEvery: 1 })
const aside = variant('some images set aside, losses measured', { validation: 0.1 })
const both = variant('both', { probeEvery: 1, validation: 0.1 })
const variants = [plain, probed, aside, both]

async function measure(out: string, { options, cpu, wall }: Variant): Promise<Buffer> {
  const [before, began] = [process.cpuUsage(), performance.now()]
  const { step } = await train({ bundle, data, out, epochs, seed: 0, ...options })
  const { user, system } = process.cpuUsage(before)
  cpu.push((user + system) / 1000 / step)
  wall.push((performance.now() - began) / step)
  return readFileSync(runFiles(out).checkpoint)
}

await withFolder(async (folder) => {
  for (let round = 0; round < rounds; round++) {
    const made = new Map<Variant, Buffer>()
    // Each is the first in some round.
    const turns = [...variants.slice(round % variants.length), ...variants.slice(0, round % variants.length)]
    for (const [i, each] of turns.entries())
      made.set(each, await measure(join(folder, `${round}-${i}`), each))
    for (const [one, other] of [
      [plain, probed],
      [aside, both],
    ] as const)
      if (made.get(one)?.equals(made.get(other) ?? Buffer.alloc(0)) !== true)
        throw new Error(`'${other.name}' has other bits than '${one.name}'`)
  }
  const row = (each: Variant) => [
    each.name,
    `${median(each.cpu).toFixed(1)} ms`,
    `${median(each.wall).toFixed(1)} ms`,
    showRatio(pairedRatio(each.cpu, plain.cpu)),
    showRatio(pairedRatio(each.wall, plain.wall)),
  ]
  console.log(table(['', 'CPU time a step', 'wall', 'ratio of CPU time', 'of wall time'], variants.map(row)))
  console.log(`\n${rounds} rounds of ${epochs} epochs; checkpoints are the same bits probed or not.`)
})
