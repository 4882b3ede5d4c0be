import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers'
import { allocatorSettings } from '../runtime/session/allocator.mjs'
import { isLossless } from './early-stop.mjs'
import { asksForJson, sayError } from './say.mjs'
import { followNpm } from './follow-npm.mjs'
import { followParent, hasParent, hearGoesOn, startFollower } from './follow.mjs'
import { passOnAsJson } from './json-lines.mjs'
import { ONE_KEYPRESS_MS, stopping } from './signals.mjs'

/** Commands that run graphs long enough for a second start of Node.js (50 ms) to pay. */
const running = ['train', 'run', 'probe', 'align', 'demo', 'doctor']
/** Those that may be given a time of grace, are to end with 0, or say all as JSON. */
const stoppable = ['train', 'run', 'sweep', 'work']
/** Those whose same command goes on, whenever it was ended. */
const goingOn = ['run', 'sweep']
/** Steps of a run from which on ways to do them are measured: as in runtime/train/choose.ts. */
const LEAST_STEPS = 1000
/** What a process has after a second Ctrl-C, to end by itself. */
const PATIENCE_MS = 2000

/** Whether a flag is given, with a value or without; what is wrong with it is told later, by who can. */
const isGiven = (flag) => process.argv.some((word) => word === flag || word.startsWith(`${flag}=`))

/** The text that a flag is given. */
function valueOf(flag) {
  const at = process.argv.indexOf(flag)
  const joined = process.argv.find((word) => word.startsWith(`${flag}=`))
  return at < 0 ? joined?.slice(flag.length + 1) : process.argv[at + 1]
}

/** The same as a number, where it is one. */
const numberOf = (flag) => {
  const text = valueOf(flag)
  return /^\d+$/.test(text ?? '') ? Number(text) : undefined
}

/** Who does the steps of the run that is gone on with, if there is one and it says so. */
function recordedWay() {
  try {
    return JSON.parse(readFileSync(join(valueOf('--out') ?? '', 'run.json'), 'utf8')).parallel
  } catch {
    return undefined
  }
}

/**
 * Whether several threads run graphs, or may: of a long run that is measured. What is wrong with a flag, or a record, is told
 * later, by who can.
 */
function isDivided() {
  if (isGiven('--workers')) return true
  const way = valueOf('--parallel') ?? recordedWay()
  if (way !== undefined) return way === 'shards' || way === 'pipeline'
  const mayBeMeasured =
    ['train', 'run'].includes(process.argv[2]) && !isGiven('--resume') && !isGiven('--threads')
  return mayBeMeasured && (numberOf('--steps') ?? Infinity) >= LEAST_STEPS
}

const crashes = ['SIGSEGV', 'SIGABRT', 'SIGFPE', 'SIGBUS', 'SIGILL']

/** What happened to a process that a signal has ended of which this one knows nothing. */
function whyEnded(signal) {
  if (signal === 'SIGKILL')
    return 'hebb was killed (SIGKILL): by somebody, or by the system, where memory ran out'
  return crashes.includes(signal)
    ? `hebb crashed (${signal}), in a library that it uses${process.argv.includes('cuda') ? '; hebb doctor --provider cuda tries each' : ''}`
    : `${signal} ended hebb`
}

/**
 * Passes signals on to the process that does the work, and watches how long it takes to stop.
 *
 * @returns the exit code for how that process has ended
 */
function stopAlike(child) {
  const grace = numberOf('--grace')
  const ready = new Promise((resolve) => child.once('message', resolve))
  const told = hearGoesOn(child)
  const goesOn = () => told() ?? (goingOn.includes(process.argv[2]) ? 'the same command goes on' : undefined)
  let received = 0
  let begun = 0
  let overdue
  const kill = (signal, why) => {
    overdue = signal
    sayError(why())
    child.kill('SIGKILL')
  }
  const whyOverdue = (signal) => () =>
    `hebb was not done ${grace} s after ${signal}, and is ended: ${goesOn() ?? 'nothing was done yet that could be gone on with'}`
  const whyDeaf = () => 'hebb hears nothing, and is killed'
  const passOn = (signal) => {
    received++
    if (received === 1) begun = performance.now()
    // npm and the terminal may both tell of one Ctrl-C. A second one ends also what never lets the event loop turn.
    else if (signal === 'SIGINT' && performance.now() - begun > ONE_KEYPRESS_MS)
      setTimeout(kill, PATIENCE_MS, signal, whyDeaf).unref()
    // Until the other is ready, this one would open its debugger.
    if (signal === 'SIGUSR1') void ready.then(() => child.kill(signal))
    else child.kill(signal)
    if (received === 1 && grace !== undefined)
      setTimeout(kill, 1000 * grace, signal, whyOverdue(signal)).unref()
  }
  // Ctrl-C reaches both from the terminal; the command takes two at once for one.
  for (const signal of stopping) process.on(signal, passOn)
  const codeOf = (code, signal) => {
    if (overdue !== undefined) return 128 + constants.signals[overdue]
    if (code === null && received === 0)
      sayError(`${whyEnded(signal)}${goesOn() === undefined ? '' : `; ${goesOn()}`}`)
    const isStopped = code === null && received === 1 && stopping.includes(signal)
    // Where there was nothing to be saved any more, or nothing is lost.
    if (
      isStopped &&
      (isLossless(process.argv[2]) || (goesOn() !== undefined && isGiven('--exit-zero-on-signal')))
    )
      return 0
    return code ?? 128 + constants.signals[signal]
  }
  const letGo = () => {
    for (const signal of stopping) process.off(signal, passOn)
  }
  return { codeOf, letGo }
}

/**
 * Runs this command line in a process whose allocator suits it, and ends as that one ends; returns where this
 * process will do. What stops this process stops the other: signals are passed on, and a pipe between the two
 * tells of an end that cannot be passed on.
 */
export async function restartWithAllocator() {
  if (hasParent()) {
    followParent()
    return
  }
  followNpm()
  const workers = isDivided() ? 2 : 1
  const command = process.argv[2]
  const isStoppable = stoppable.includes(command)
  const isJson = isStoppable && asksForJson(process.argv)
  const isWatched = isJson || (isStoppable && (isGiven('--grace') || isGiven('--exit-zero-on-signal')))
  const suits = Object.keys(allocatorSettings(workers)).length === 0
  if (!isWatched && (suits || !running.includes(command))) return
  const output = isJson ? 'pipe' : 'inherit'
  const child = startFollower(process.argv.slice(1), { stdio: ['inherit', output, output], workers })
  if (isJson) {
    passOnAsJson(child.stdout, process.stdout, 'info')
    passOnAsJson(child.stderr, process.stderr, 'warning')
  }
  const { codeOf, letGo } = stopAlike(child)
  await new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', (code, signal) => {
      const end = () => process.exit(codeOf(code, signal))
      child.once('close', end)
      // Somebody whom it has started may hold its output open.
      setTimeout(end, 1000).unref()
    })
  })
  letGo()
}
