/**
 * Runs commands of `hebb` in this process, one after the other, as the parent process asks: the same code that the
 * command line runs, at a tenth of the time of a start. What a command prints goes where the output of this process goes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { reportFailure } from '../../../src/cli/failure.ts'
import { alignCommand } from '../../../src/cli/align.ts'
import { inspectCommand } from '../../../src/cli/inspect.ts'
import { probeCommand } from '../../../src/cli/probe.ts'
import { trainCommand } from '../../../src/cli/train.ts'
import { orderSchema, READY, type Answer } from './messages.ts'

const commands = { train: trainCommand, probe: probeCommand, inspect: inspectCommand, align: alignCommand }

/** In MB, of this process: `VmRSS` now, or `VmHWM` at its peak. */
const memory = (field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) /
  1024

async function codeOf([name, ...words]: readonly string[]): Promise<number> {
  const command = Object.entries(commands).find(([each]) => each === name)?.[1]
  if (!command) throw new Error(`no command ${String(name)} here`)
  process.exitCode = 0
  try {
    await command().exitOverride().parseAsync(words, { from: 'user' })
    return process.exitCode
  } catch (error) {
    return reportFailure(error)
  } finally {
    process.exitCode = 0
  }
}

async function run(words: readonly string[]): Promise<Answer> {
  writeFileSync('/proc/self/clear_refs', '5') // From here on, the peak counts anew.
  const before = memory('VmRSS')
  const began = process.cpuUsage()
  const code = await codeOf(words)
  // Of work: how long that takes is a matter of what else the machine does.
  const { user, system } = process.cpuUsage(began)
  return { code, milliseconds: (user + system) / 1000, megabytes: memory('VmHWM') - before }
}

process.on('message', (order) => {
  run(orderSchema.parse(order)).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(99)
    },
  )
})
process.once('disconnect', () => process.exit(0))
process.send?.(READY)
