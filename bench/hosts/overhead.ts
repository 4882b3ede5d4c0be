/**
 * What `--on` costs: the time of a sweep of runs as long as the demo's by one worker over a server of this machine, beside that of
 * `hebb sweep` without it, in turns. Needs nats-server.
 *
 *     npx tsx bench/hosts/overhead.ts
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { epochs } from '../../rules/recipes/fashion-mnist.ts'
import { treeFolder } from '../../src/base/package-folder.ts'
import { median } from '../statistics.ts'
import { startServerHere } from './nats-server.ts'

const hebb = [join(treeFolder, 'bin/hebb.mjs')]
const PROGRAM = join(treeFolder, 'rules/recipes/fashion-mnist.ts#plusPlus')
const URL = 'nats://127.0.0.1:42427'

const command = new Command()
  .option('--data <folder>', 'of images', join(treeFolder, 'data/fashion-mnist'))
  .option('--epochs <number>', 'of each run', String(epochs))
  .option('--seeds <number>', 'runs of each sweep', '3')
  .option('--rounds <number>', 'turns of each', '3')
  .parse()
const flags = command.opts<{ data: string; epochs: string; seeds: string; rounds: string }>()

const started = (words: readonly string[]) =>
  spawn(process.execPath, [...hebb, ...words], { stdio: ['ignore', 'ignore', 'inherit'] })

/** Seconds that a sweep takes. */
async function secondsOf(out: string, on: readonly string[]): Promise<number> {
  const began = performance.now()
  const words = ['sweep', PROGRAM, '--data', flags.data, '--out', out, '--seeds', flags.seeds]
  const rest = ['--epochs', flags.epochs, '--jobs', '1', '--threads', '1', ...on]
  const [code] = (await once(started([...words, ...rest]), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`hebb sweep ended with ${String(code)}`)
  return (performance.now() - began) / 1000
}

const folder = mkdtempSync(join(tmpdir(), 'hebb-overhead-'))
const server = await startServerHere(folder, URL)
const worker = started(['work', '--on', URL, '--data', flags.data, '--jobs', '1'])
try {
  const turns: { readonly alone: number; readonly over: number; readonly ratio: number }[] = []
  for (let round = 0; round < Number(flags.rounds); round++) {
    const alone = await secondsOf(join(folder, `alone-${round}`), [])
    const over = await secondsOf(join(folder, `over-${round}`), ['--on', URL])
    turns.push({ alone, over, ratio: over / alone })
    console.log(turns.at(-1))
  }
  console.log({
    alone: median(turns.map(({ alone }) => alone)),
    over: median(turns.map(({ over }) => over)),
    ratio: median(turns.map(({ ratio }) => ratio)),
  })
} finally {
  worker.kill('SIGTERM')
  if (worker.exitCode === null) await once(worker, 'exit')
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
