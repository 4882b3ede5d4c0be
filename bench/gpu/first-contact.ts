/**
 * A first contact with a GPU, unattended: what runs there, how right and how fast, beside PyTorch. Figures are written as they
 * are found (`OUT/figures.jsonl`), tables in the end (`OUT/table.md`); what the sections said is in `OUT/log.txt`.
 *
 *     npx tsx bench/gpu/first-contact.ts OUT --python PYTHON          less than 8 minutes
 *     npx tsx bench/gpu/first-contact.ts OUT --minutes 3 --case "clapp++ quarter"
 *     npx tsx bench/gpu/first-contact.ts OUT --provider cpu --turn 0 --minutes 60   the same without a GPU, to try it
 *     npx tsx bench/gpu/first-contact.ts OUT --render                 the tables of what is there already
 *     npx tsx bench/gpu/first-contact.ts OUT --publish                puts them into docs/benchmarks.md
 */
import { createRequire } from 'node:module'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { parseFlags, wholeNumber } from '../../src/cli/flags.ts'
import { runCommand } from '../options.ts'
import { withFolder } from '../prepare.ts'
import { caseNames } from './cases.ts'
import { DeviceMemory } from './device-memory.ts'
import { addFigure, readFigures, type Found } from './figures.ts'
import { caseName } from './job.ts'
import { planOf, type PlannedSection } from './plan.ts'
import { rendered } from './render.ts'
import { runSections, type Run } from './schedule.ts'
import { runSection } from './section-process.ts'
import { withoutPaths } from './without-paths.ts'

const flagSchema = z.object({
  provider: z.enum(['cuda', 'cpu'], 'must be cuda or cpu').default('cuda'),
  python: z.string().min(1).optional(),
  minutes: z.coerce.number().positive().default(7.5),
  turn: z.coerce.number().nonnegative().default(1),
  threads: wholeNumber(1).default(2),
  case: z.array(caseName).min(1).optional(),
  render: z.boolean().default(false),
  publish: z.boolean().default(false),
  commit: z.string().optional(),
})
type Flags = z.infer<typeof flagSchema>

/** Seconds for the tables, after the last section. */
const FOR_TABLES = 5

/** Whatever version is there: of the CUDA provider there may be no other. */
function useInstalled(): void {
  process.env.HEBB_ONNXRUNTIME ??= dirname(
    createRequire(import.meta.url).resolve('onnxruntime-node/package.json'),
  )
}

/** Only texts that others wrote have any. */
function withoutPathsIn(found: Found): Found {
  if (found.kind === 'command') return { ...found, said: found.said.map(withoutPaths) }
  return found.kind === 'ended' ? { ...found, why: withoutPaths(found.why) } : found
}

async function contact(out: string, flags: Flags, folder: string): Promise<void> {
  const began = performance.now()
  const clock = () => (performance.now() - began) / 1000
  const { provider, turn, threads } = flags
  const python = flags.python ?? process.env.HEBB_PYTHON ?? 'python3'
  const memory = new DeviceMemory()
  const write = ({ name }: PlannedSection, found: Found) => {
    addFigure(out, {
      ...withoutPathsIn(found),
      section: name,
      at: Math.round(clock() * 10) / 10,
      deviceMemory: memory.take(),
    })
  }
  const run: Run<PlannedSection> = {
    clock,
    budget: 60 * flags.minutes - FOR_TABLES,
    start: (section, seconds) => {
      const told = (found: Found) => {
        write(section, found)
      }
      return runSection(section.job, { provider, python, threads, folder, turn }, seconds, out, told)
    },
    tell: (section, ended) => {
      write(section, ended)
      const why = ended.why === '' ? '' : `: ${ended.why.replaceAll(/\s+/g, ' ').slice(0, 200)}`
      console.error(`${clock().toFixed(0)} s  ${section.name}: ${ended.outcome}${why}`)
    },
  }
  try {
    const plan = planOf(flags.case ?? caseNames, flags.minutes)
    const done = new Set<string>()
    const atOnce = Math.max(1, Math.floor(availableParallelism() / threads))
    await runSections(plan.before, run, done, atOnce)
    await runSections(plan.then, run, done)
  } finally {
    memory.release()
  }
}

const command = new Command('npx tsx bench/gpu/first-contact.ts')
  .description('A first contact with a GPU: losses, times, memory, beside PyTorch.')
  .argument('<out>', 'folder of what is found')
  .option('--provider <name>', 'cuda, or cpu to try it without a GPU (default: cuda)')
  .option('--python <path>', 'has PyTorch for the device (default: $HEBB_PYTHON, then python3)')
  .option('--minutes <number>', 'for all sections (default: 7.5)')
  .option('--turn <seconds>', 'for the timing of one thing; 0 does each once (default: 1)')
  .option('--threads <number>', 'of an operation on the CPU (default: 2)')
  .option('--case <name...>', `only these: ${caseNames.join(', ')}`)
  .option('--render', 'measure nothing: tables of the figures that are there')
  .option('--publish', 'measure nothing: put the tables into docs/benchmarks.md')
  .option('--commit <hash>', 'which was measured, where the machine had no git')
  .action(async (out: string) => {
    const flags = parseFlags(command, flagSchema)
    if (!flags.render && !flags.publish) {
      if (readFigures(out).length > 0)
        throw new UserError('BenchmarkError', `${out} has figures already`, {
          help: 'Name a new folder, or look at them: --render.',
        })
      mkdirSync(out, { recursive: true })
      useInstalled()
      await withFolder((folder) => contact(out, flags, folder))
    }
    const figures = readFigures(out)
    // It formats documents, for which a machine without development's dependencies has nothing.
    if (flags.publish) await (await import('./publish.ts')).publishContact(figures, flags.commit)
    const text = rendered(figures)
    if (!flags.publish) writeFileSync(join(out, 'table.md'), `${text}\n`)
    console.log(text)
  })

await runCommand(command)
