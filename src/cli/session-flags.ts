import { z } from 'zod'
import { ranges } from '../../runtime/given/ranges.ts'
import { providers } from '../../runtime/session/options.ts'
import { exitCodes } from './exit-codes.ts'
import { wholeNumber } from './flags.ts'
import { addQuietFlag } from './shown.ts'
import type { Command } from 'commander'

/** Where graphs run, of every command that runs them. */
export const sessionFlags = {
  provider: z.enum(providers, `must be ${providers.join(' or ')}`).optional(),
  device: wholeNumber(...ranges.device).optional(),
  tf32: z.boolean().optional(),
  threads: wholeNumber(...ranges.threads).optional(),
}

/** With how much is shown meanwhile: it takes a while. */
export const addSessionFlags = (command: Command): Command =>
  addQuietFlag(
    command
      .option('--provider <name>', `${providers.join(' or ')} (default: cpu)`)
      .option('--device <number>', 'with --provider cuda: which GPU, from 0 (default: 0)')
      .option(
        '--tf32',
        'with --provider cuda: products and convolutions may round to the 10 bits of TF32, which is faster (default: float32)',
      )
      .option('--threads <number>', 'threads of one operation (default: one per core)'),
  ).hook('preAction', (_, action) => {
    requireCuda(action)
  })

/** Flags that mean something on CUDA alone. A run that goes on has a provider, which is known once it is opened. */
function requireCuda(command: Command): void {
  if (command.getOptionValue('resume') !== true) requireCudaFlags(command)
}

/** @param before the provider of a run that goes on */
export function requireCudaFlags(command: Command, before?: string): void {
  const given = (name: string) => command.getOptionValue(name) !== undefined
  if ((command.getOptionValue('provider') ?? before) === 'cuda') return
  const flag = ['device', 'devices', 'tf32'].find(given)
  if (flag !== undefined)
    command.error(`error: option '--${flag}' is for --provider cuda`, {
      code: 'hebb.invalidFlag',
      exitCode: exitCodes.usage,
    })
}
