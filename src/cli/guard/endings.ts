import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { UserError } from '../../base/error.ts'
import { userLine, type UserLine } from '../user-line.ts'

/** What a program may not do to the process that loads it, now or from a timer that it leaves. */

type Callable = (...given: never[]) => unknown

const isCallable = (value: unknown): value is Callable => typeof value === 'function'

/** Signal 0 only asks whether a process is there; what is not a process of our own tree is none of our business. */
const endsUs = ([pid, signal]: readonly unknown[]): boolean =>
  signal !== 0 && (Number(pid) <= 0 || Number(pid) === process.pid || Number(pid) === process.ppid)

const closesOutput = ([descriptor]: readonly unknown[]): boolean => descriptor === 1 || descriptor === 2

let attempted: UserError | undefined

/** The first refused call since it was last asked for: a program may have caught the error. */
export function attemptedEnding(): UserError | undefined {
  const found = attempted
  attempted = undefined
  return found
}

function refuse(
  target: object,
  name: string,
  call: string,
  isMeant: (given: readonly unknown[]) => boolean = () => true,
): void {
  const original: unknown = Reflect.get(target, name)
  if (!isCallable(original)) return
  const guarded = function (this: unknown, ...given: unknown[]): unknown {
    const caller = isMeant(given) ? callerInProgram(guarded) : undefined
    if (!caller) return Reflect.apply(original, this, given)
    const error = new UserError('ProgramError', `the program calls ${call}, which would stop hebb, too`, {
      origin: caller.origin,
      help: 'Throw an Error where something is wrong, or leave the call out.',
    })
    attempted ??= error
    throw error
  }
  Reflect.set(target, name, guarded)
}

function callerInProgram(callee: (...given: unknown[]) => unknown): UserLine | undefined {
  const here = new Error()
  Error.captureStackTrace(here, callee)
  return userLine(here)
}

let installed = false

/**
 * Refuses calls by a program's own lines that would end this process or close its output: they throw a UserError
 * that names the line. Everybody else's go through. It holds until the process ends, as timers of a program do.
 */
export function refuseEndings(): void {
  if (installed) return
  installed = true
  refuse(process, 'exit', 'process.exit()')
  refuse(process, 'reallyExit', 'process.reallyExit()')
  refuse(process, 'abort', 'process.abort()')
  refuse(process, 'kill', 'process.kill() on its own process', endsUs)
  // Where we have a parent, we end without it.
  refuse(process, 'disconnect', 'process.disconnect()')
  for (const name of ['stdout', 'stderr'] as const)
    for (const call of ['end', 'destroy', 'destroySoon'])
      refuse(process[name], call, `process.${name}.${call}()`)
  refuse(fs, 'closeSync', 'closeSync() on its output', closesOutput)
  refuse(fs, 'close', 'close() on its output', closesOutput)
  // For import { exit } from 'node:process'.
  syncBuiltinESMExports()
}
