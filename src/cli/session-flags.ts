import { z } from 'zod'
import { ranges } from '../../runtime/given/ranges.ts'
import { providers } from '../../runtime/session/options.ts'
import { wholeNumber } from './flags.ts'
import { addQuietFlag } from './shown.ts'
import type { Command } from 'commander'

/** Where graphs run, of every command that runs them. */
export const sessionFlags = {
  provider: z.enum(providers, `must be ${providers.join(' or ')}`).optional(),
  threads: wholeNumber(...ranges.threads).optional(),
}

/** With how much is shown meanwhile: it takes a while. */
export const addSessionFlags = (command: Command): Command =>
  addQuietFlag(
    command
      .option('--provider <name>', `${providers.join(' or ')} (default: cpu)`)
      .option('--threads <number>', 'threads of one operation (default: one per core)'),
  )
