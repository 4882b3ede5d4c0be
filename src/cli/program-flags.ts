import { DEFAULT_TIMEOUT } from './guard/timeout-error.ts'
import { wholeNumber } from './flags.ts'
import type { Command } from 'commander'

/** Of every command that loads programs. */
export const programFlags = { timeout: wholeNumber(1, 86_400).optional() }

export const addProgramFlags = (command: Command): Command =>
  command.option(
    '--timeout <seconds>',
    `how long a program may take to load and compile (default: ${DEFAULT_TIMEOUT})`,
  )
