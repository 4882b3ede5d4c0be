import { Command } from 'commander'
import { z } from 'zod'
import { wholeNumber } from '../src/cli/flags.ts'
import { reportFailure } from '../src/cli/failure.ts'
import { availableParallelism } from 'node:os'

/** Flags that every benchmark has. */
export const commonFlags = {
  python: z.string().min(1).optional(),
  threads: wholeNumber(1).optional(),
  ompWait: z.enum(['active', 'passive'], 'must be active or passive').optional(),
  rounds: wholeNumber(1).optional(),
  turn: wholeNumber(1).optional(),
  print: z.boolean().default(false),
}

export const benchmark = (name: string, description: string): Command =>
  new Command(`npx tsx bench/${name}.ts`)
    .description(description)
    .option('--python <path>', 'has the packages of bench/peers/requirements.txt (default: $HEBB_PYTHON, then python3)')
    .option('--threads <number>', 'of each side (default: one per core)')
    .option('--omp-wait <policy>', "active or passive: OMP_WAIT_POLICY of PyTorch's process (default: not set)")
    .option('--rounds <number>', 'timed turns of each side (default: 7)')
    .option('--turn <milliseconds>', 'length of a turn; at least one step is done in it (default: 500)')
    .option('--print', 'only print: leave docs/benchmarks.md and bench/results/ as they are')

export interface CommonFlags {
  readonly python?: string | undefined
  readonly threads?: number | undefined
  readonly ompWait?: 'active' | 'passive' | undefined
  readonly rounds?: number | undefined
  readonly turn?: number | undefined
}

/** What the flags leave open. */
export const settled = ({ python, threads, ompWait, rounds = 7, turn = 500 }: CommonFlags) => ({
  python: python ?? process.env['HEBB_PYTHON'] ?? 'python3',
  threads: threads ?? availableParallelism(),
  ompWait: ompWait ?? '',
  pace: { rounds, milliseconds: turn, warmUp: 3 },
})
export type Settings = ReturnType<typeof settled>

/** Runs a benchmark's command line; mistakes are told as `hebb` tells them. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync(process.argv)
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
}

/** The command line as it was given, without what depends on the machine. */
export function commandLine(): string {
  const [, , ...given] = process.argv
  const python = given.indexOf('--python')
  const kept = python < 0 ? given : given.toSpliced(python, 2)
  const script = process.argv[1]?.split('/').at(-1) ?? ''
  return ['npx tsx', `bench/${script}`, ...kept.filter((word) => !word.startsWith('--python='))].join(' ')
}
