/**
 * Steps a second of two hosts with a core each, which train groups of layers, beside one host with one core, in turns. Hosts are network
 * namespaces of this machine: root alone may make them.
 *
 *     npx tsx bench/hosts/two-hosts.ts
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { treeFolder } from '../../src/base/package-folder.ts'
import { handOver } from '../hand-over.ts'
import { median } from '../statistics.ts'
import { makeHosts, type Hosts } from './namespaces.ts'

const hebb = [process.execPath, join(treeFolder, 'bin/hebb.mjs')]
const PROGRAM = join(treeFolder, 'rules/recipes/cifar10-quarter.ts#withoutSpatial')
/** Steps that are left out at both ends: threads start, and a pipeline fills and empties. */
const EDGE = 10

/** Files as CIFAR-10's, of noise. */
function writeNoise(folder: string): string {
  const [records, bytes] = [400, 3073]
  mkdirSync(folder)
  for (const name of [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}`), 'test_batch'])
    writeFileSync(
      join(folder, `${name}.bin`),
      Uint8Array.from({ length: records * bytes }, (_, i) =>
        i % bytes === 0 ? i % 10 : (i * 2654435761) >>> 24,
      ),
    )
  return folder
}

/** Steps a second, but for those at the edges. */
function speedOf(run: string): number {
  const times = readMetrics(runFiles(run).metrics).map(({ time }) => time)
  const [first, last] = [times[EDGE], times[times.length - EDGE - 1]]
  if (first === undefined || last === undefined) throw new Error(`${run} has too few steps`)
  return (times.length - 2 * EDGE - 1) / (last - first)
}

async function trained(child: ReturnType<Hosts['start']>): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`hebb train ended with ${String(code)}`)
}

const command = new Command()
  .option('--steps <number>', 'of each turn', '60')
  .option('--rounds <number>', 'turns of each', '3')
  .option('--share <number>', "of a core's time that a host has: what is left is the server's", '1')
  .parse()
const { steps, rounds, share } = command.opts<{ steps: string; rounds: string; share: string }>()

const folder = mkdtempSync(join(tmpdir(), 'hebb-two-hosts-'))
const data = writeNoise(join(folder, 'data'))
const hosts = await makeHosts(2, { folder, ...(Number(share) < 1 ? { share: Number(share) } : {}) })
try {
  for (const host of [0, 1])
    hosts.start(host, host, [...hebb, 'work', '--on', hosts.url, '--data', data, '--jobs', '1'], 'inherit')
  const turns: { readonly one: number; readonly two: number }[] = []
  for (let round = 0; round < Number(rounds); round++) {
    const train = (out: string) => [
      ...[...hebb, 'train', PROGRAM, '--data', data, '--out', out, '--steps', steps],
      ...['--threads', '1', '--seed', '1', '--no-tensorboard', '--quiet'],
    ]
    const [one, two] = [join(folder, `one-${round}`), join(folder, `two-${round}`)]
    await trained(hosts.start(0, 0, train(one), 'inherit'))
    await trained(
      hosts.start('hub', undefined, [...train(two), '--on', hosts.url, '--layers-on', '2'], 'inherit'),
    )
    turns.push({ one: speedOf(one), two: speedOf(two) })
    console.log(turns.at(-1))
  }
  const [apart] = await handOver()
  console.log({
    one: median(turns.map(({ one }) => one)),
    two: median(turns.map(({ two }) => two)),
    ratio: median(turns.map(({ one, two }) => two / one)),
    microsecondsFromCoreToCore: apart,
  })
} finally {
  await hosts.remove()
  rmSync(folder, { recursive: true, force: true })
}
