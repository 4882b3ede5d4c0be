/**
 * What a long training over a server holds in memory: `hebb train --on`, a worker, the processes of its groups and the server, over
 * many tiny steps. Needs nats-server.
 *
 *     npx tsx bench/hosts/memory.ts --steps 200000
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { at } from '../../src/base/lists.ts'
import { treeFolder } from '../../src/base/package-folder.ts'
import { began } from '../environment.ts'
import { table } from '../markdown.ts'
import { writeSection } from '../record.ts'
import { startServerHere } from './nats-server.ts'

const hebb = [join(treeFolder, 'bin/hebb.mjs')]
const URL = 'nats://127.0.0.1:42428'
const DOCUMENT = 'docs/many-machines.md'
const SECTION = 'memory'
/** Rows of the table. */
const ROWS = 8

/** Two layers that take next to no time. */
const PROGRAM = `import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

export default program({
  name: 'tiny',
  input: { channels: 1, size: 28, mean: [0.286], std: [0.353] },
  batch: 2,
  encoder: [layer('conv1', conv(1), relu(), maxPool(4)), layer('conv2', conv(1), relu(), maxPool(7))],
  learn: local(clappPlusPlus(1)),
  optimizer: adamw({ lr: 1e-4 }),
})
`

const titles = {
  server: 'nats-server',
  train: '`hebb train`',
  work: '`hebb work`',
  group: 'process of a group',
}

const sampleSchema = z.object({
  command: z.enum(['server', 'train', 'work', 'group']),
  pid: z.number(),
  time: z.number(),
  rss: z.number(),
  heapUsed: z.number(),
  external: z.number(),
})
type Sample = z.infer<typeof sampleSchema>

const command = new Command()
  .option('--data <folder>', 'of images', join(treeFolder, 'data/fashion-mnist'))
  .option('--steps <number>', 'in all', '200000')
  .option('--every <number>', 'steps from one checkpoint to the next', '50000')
  .option('--seconds <number>', 'from one look to the next', '10')
  .parse()
const flags = command.opts<{ data: string; steps: string; every: string; seconds: string }>()

const folder = mkdtempSync(join(tmpdir(), 'hebb-memory-'))
const [samples, out] = [join(folder, 'samples'), join(folder, 'run')]
writeFileSync(samples, '')
writeFileSync(join(folder, 'tiny.ts'), PROGRAM)
const env = {
  ...process.env,
  NODE_OPTIONS: `--import=${join(treeFolder, 'bench/hosts/sample-memory.mjs')}`,
  HEBB_MEMORY_FILE: samples,
  HEBB_MEMORY_SECONDS: flags.seconds,
}
const started = (words: readonly string[]) =>
  spawn(process.execPath, [...hebb, ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] })

/** MB: what is in use after everything else was collected, and all that the process has of the machine. */
function shown(sample: Sample | undefined): string {
  if (!sample) return ''
  const { heapUsed, external, rss } = sample
  const all = (rss / 1e6).toFixed(0)
  return heapUsed === 0 ? all : `${((heapUsed + external) / 1e6).toFixed(1)} (${all})`
}

/** Of the server it is known what it holds, and not what of that is needed. */
function sampleServer(): void {
  const pid = server.pid()
  if (pid === undefined) return
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  const sample: Sample = {
    ...{ command: 'server', pid, time: Date.now() / 1000 },
    ...{ rss: 1024 * Number(kilobytes), heapUsed: 0, external: 0 },
  }
  appendFileSync(samples, `${JSON.stringify(sample)}\n`)
}

/** What each process held last before a moment. */
function heldAt(all: readonly Sample[], time: number): Sample[] {
  const last = new Map<number, Sample>()
  for (const sample of all) if (sample.time <= time) last.set(sample.pid, sample)
  return [...last.values()]
}

const server = await startServerHere(folder, URL)
const looking = setInterval(sampleServer, 1000 * Number(flags.seconds))
const worker = started(['work', '--on', URL, '--data', flags.data, '--jobs', '2'])
try {
  const words = ['train', join(folder, 'tiny.ts'), '--data', flags.data, '--out', out, '--steps', flags.steps]
  const settings = ['--checkpoint-every', flags.every, '--threads', '1', '--no-tensorboard', '--quiet']
  const [code] = (await once(started([...words, ...settings, '--on', URL, '--layers-on', '2']), 'exit')) as [
    number | null,
  ]
  if (code !== 0) throw new Error(`hebb train ended with ${String(code)}`)
  const all = readFileSync(samples, 'utf8')
    .trim()
    .split('\n')
    .map((line) => sampleSchema.parse(JSON.parse(line)))
  const last = heldAt(all, Infinity)
  const metrics = readMetrics(runFiles(out).metrics)
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const { step, time = 0 } = at(metrics, Math.ceil(((row + 1) * metrics.length) / ROWS) - 1)
    const then = heldAt(all, time)
    return [String(step), ...last.map(({ pid }) => shown(then.find((each) => each.pid === pid)))]
  })
  const markdown = table(['steps', ...last.map(({ command: name }) => titles[name])], rows)
  const asked = Object.entries(flags).flatMap(([name, value]) =>
    name === 'data' ? [] : [`--${name} ${value}`],
  )
  const day = new Date().toISOString().slice(0, 10)
  const told = `\`npx tsx bench/hosts/memory.ts ${asked.join(' ')}\`, ${day}, commit ${began}.`
  console.log(`${markdown}\n\n${told}`)
  await writeSection(DOCUMENT, SECTION, `${markdown}\n\n${told}`)
} finally {
  clearInterval(looking)
  worker.kill('SIGTERM')
  if (worker.exitCode === null) await once(worker, 'exit')
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
