/**
 * Our side of the benchmarks, the counterpart of bench/peers/peer.py: a process that stays alive between rounds
 * and does what it is told over stdin.
 *
 *     node --import tsx bench/ours/child.ts THREADS
 */
import { createInterface } from 'node:readline'
import { readCase, type Case } from '../case.ts'
import { commandSchema, type Command, type Memory, type Opened, type Ran } from '../protocol.ts'
import { memoryOfProcess } from './memory.ts'
import type { Work } from './work.ts'

const threads = Number(process.argv[2] ?? 2)
let work: Work = new Map()

/** Modules are loaded when they are needed: a process whose memory is measured holds nothing else. */
const open = async (folder: string, value: Case): Promise<Work> => {
  switch (value.kind) {
    case 'step':
    case 'forwardforward':
      return stepWays(folder, value)
    case 'augment':
      return (await import('./augment.ts')).openAugment(folder, threads)
    case 'ops':
      return (await import('./ops.ts')).openOps(folder, value, threads)
    case 'limits':
      throw new Error('the limits of a machine are measured by a peer')
  }
}

/** The ways to do a step; a process does it in one of them, which is opened when it is first run. */
function stepWays(folder: string, value: Extract<Case, { readonly batches: number }>): Work {
  const lazily = <Opened extends { readonly run: (count: number) => Promise<number[][] | Ran> }>(
    open: () => Promise<Opened>,
  ) => {
    let opened: Promise<Opened> | undefined
    return async (count: number) => (await (opened ??= open())).run(count)
  }
  return new Map([
    ['hebb', lazily(async () => (await import('./step.ts')).openStep(folder, value, { threads }))],
    ['shards', lazily(async () => (await import('./shards.ts')).openShards(folder, value))],
  ])
}

async function answer(command: Command): Promise<Opened | Ran | Memory> {
  switch (command.command) {
    case 'open':
      work = await open(command.folder, readCase(command.folder))
      return { variants: [...work.keys()], versions: {} }
    case 'run': {
      const run = work.get(command.variant)
      if (!run) throw new Error(`no variant ${command.variant}`)
      const start = performance.now()
      const ran = await run(command.count)
      return Array.isArray(ran) ? { milliseconds: performance.now() - start, values: ran } : ran
    }
    case 'memory':
      return memoryOfProcess()
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(commandSchema.parse(JSON.parse(line))))}\n`)
// Threads of shards would wait for more.
process.exit()
