import { availableParallelism } from 'node:os'
import { Command } from 'commander'
import { z } from 'zod'
import { reportFailure } from '../src/cli/failure.ts'
import { endBy } from '../src/cli/interrupt.ts'
import { parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { allocatorNames, type Allocator } from './allocators.ts'

/** The command lines of the benchmarks. */

const flagSchema = z.object({
  python: z.string().min(1).optional(),
  threads: wholeNumber(1).optional(),
  ompWait: z.enum(['active', 'passive'], 'must be active or passive').optional(),
  allocator: z.enum(allocatorNames, `must be one of ${allocatorNames.join(', ')}`).default('own'),
  rounds: wholeNumber(1).optional(),
  turn: wholeNumber(1).optional(),
  print: z.boolean().default(false),
})

export const benchmark = (name: string, description: string): Command =>
  new Command(`npx tsx bench/${name}.ts`)
    .description(description)
    .option(
      '--python <path>',
      'has the packages of bench/peers/requirements.txt (default: $HEBB_PYTHON, then python3)',
    )
    .option('--threads <number>', 'of each side (default: one per core)')
    .option(
      '--omp-wait <policy>',
      "active or passive: OMP_WAIT_POLICY of PyTorch's process (default: not set)",
    )
    .option('--rounds <number>', 'timed turns of each side (default: 7)')
    .option('--turn <milliseconds>', 'length of a turn; at least one step is done in it (default: 500)')
    .option('--print', 'only print: leave docs/benchmarks.md and bench/results/ as they are')

/** For benchmarks that measure PyTorch in one way only. */
export const withAllocator = (command: Command): Command =>
  command.option(
    '--allocator <whose>',
    "of PyTorch's process: its own; ours, which keeps freed memory; or jemalloc (default: own)",
  )

export interface Settings {
  readonly python: string
  readonly threads: number
  readonly ompWait: string
  readonly allocator: Allocator
  readonly pace: { readonly rounds: number; readonly milliseconds: number; readonly warmUp: number }
}

/** The flags, and what they leave open. */
export function parseSettings(command: Command): Settings & { readonly keep: boolean } {
  const { rounds = 7, turn = 500, ...flags } = parseFlags(command, flagSchema)
  const { python, threads, ompWait, allocator, print } = flags
  return {
    python: python ?? process.env.HEBB_PYTHON ?? 'python3',
    threads: threads ?? availableParallelism(),
    ompWait: ompWait ?? '',
    allocator,
    pace: { rounds, milliseconds: turn, warmUp: 3 },
    keep: !print,
  }
}

/** Runs a benchmark's command line; mistakes are told as `hebb` tells them. */
export async function runCommand(command: Command): Promise<void> {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      // Removes what is to be removed; the process then ends without waiting for threads that work.
      process.emit('exit', code)
      endBy(signal)
    })
  try {
    await command.exitOverride().parseAsync(process.argv)
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
}

/** The command as it was given, without the path of an interpreter. */
export function commandLine(name: string): string {
  const given = process.argv.slice(2)
  const python = given.indexOf('--python')
  const kept = python < 0 ? given : given.toSpliced(python, 2)
  return ['npx tsx', `bench/${name}.ts`, ...kept.filter((word) => !word.startsWith('--python='))].join(' ')
}
