import { z } from 'zod'
import { providers } from '../../runtime/session/provider.ts'
import { wholeNumber } from './flags.ts'
import { addQuietFlag } from './shown.ts'
import type { Command } from 'commander'

/** More than any machine has cores; each costs a stack, and onnxruntime makes all of them at once. */
export const MOST_THREADS = 1024

/** Where graphs run, of every command that runs them. */
export const sessionFlags = {
  provider: z.enum(providers, `must be ${providers.join(' or ')}`).optional(),
  threads: wholeNumber(1, MOST_THREADS).optional(),
}

/** With how much is shown meanwhile: it takes a while. */
export const addSessionFlags = (command: Command): Command =>
  addQuietFlag(
    command
      .option('--provider <name>', `${providers.join(' or ')} (default: cpu)`)
      .option('--threads <number>', 'threads of one operation (default: one per core)'),
  )
