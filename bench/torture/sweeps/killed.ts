import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { standing } from '../../../src/cli/sweep/standing.ts'
import { readSweep, runFolder } from '../../../src/cli/sweep/record.ts'
import { writeImages } from '../images.ts'
import { tinyProgram } from '../tiny-program.ts'
import { startHebb, type Running } from '../hebb.ts'
import { kill, remaining } from '../processes.ts'

/** A sweep that is killed again and again comes to what one comes to that nobody disturbs, and does no run twice. */

export interface KilledSweep {
  /** Where both sweeps are made. */
  readonly folder: string
  /** Runs: as many seeds. */
  readonly runs: number
  readonly kills: number
  readonly steps: number
}

export interface SweepOutcome {
  /** Kills that met a sweep at work. */
  readonly kills: number
  /** Runs that were done when one of them came. */
  readonly doneBefore: number
  readonly done: number
  /** Seconds of the undisturbed one, and of all starts of the other. */
  readonly seconds: readonly [undisturbed: number, killed: number]
  /** What should never happen, in words. */
  readonly violations: readonly string[]
}

/** An orphan notices between two steps. */
const GONE_WITHIN_MS = 10_000

const imagesIn = (folder: string): string => join(folder, 'images')

const words = ({ folder, runs, steps }: KilledSweep, out: string): string[] => [
  ...['sweep', tinyProgram, '--data', imagesIn(folder), '--out', out, '--seeds', String(runs)],
  ...['--jobs', '2', '--threads', '1', '--steps', String(steps), '--checkpoint-every', '5'],
  ...['--probe-epochs', '1', '--labels', '1', '--no-report'],
]

/** Steps that all runs have done. */
const stepsDone = (out: string): number =>
  (readSweep(out)?.runs ?? []).reduce((sum, run) => sum + standing(runFolder(out, run)).step, 0)

const doneIn = (out: string): string[] =>
  (readSweep(out)?.runs ?? []).flatMap((run) => (run.done ? [run.name] : []))

/** When the files of a run were written. */
const stampOf = (folder: string): string =>
  [runFiles(folder).checkpoint, runFiles(folder).metrics, join(folder, 'probe.json')]
    .map((path) => String(statSync(path, { bigint: true }).mtimeNs))
    .join(' ')

async function killAt(running: Running, isReached: () => boolean): Promise<boolean> {
  while (!running.hasEnded()) {
    if (isReached()) return kill(running.pid)
    await setTimeout(10)
  }
  return false
}

export async function killedSweep(options: KilledSweep): Promise<SweepOutcome> {
  const { folder, runs, kills, steps } = options
  const [undisturbed, killed] = [join(folder, 'undisturbed'), join(folder, 'killed')]
  const violations: string[] = []
  await writeImages(imagesIn(folder))
  const whole = await startHebb(words(options, undisturbed), { cwd: folder, seconds: 600 }).ended
  if (whole.code !== 0) violations.push(`undisturbed, it ended with ${String(whole.code)}: ${whole.stderr}`)
  const stamps = new Map<string, string>()
  const began = performance.now()
  let met = 0
  for (let number = 1; number <= kills; number++) {
    const running = startHebb(words(options, killed), { cwd: folder, seconds: 600 })
    const enough = (number * runs * steps) / (kills + 1)
    if (await killAt(running, () => stepsDone(killed) >= enough)) met++
    await running.ended
    for (const name of doneIn(killed)) if (!stamps.has(name)) stamps.set(name, stampOf(join(killed, name)))
    // Every second time the next sweep meets the orphans of this one.
    if (number % 2 === 0) continue
    const left = await remaining(running.mark, GONE_WITHIN_MS)
    if (left.length > 0) violations.push(`kill ${number}: ${left.length} processes were left`)
  }
  const last = await startHebb(words(options, killed), { cwd: folder, seconds: 600 }).ended
  const seconds = [whole.milliseconds / 1000, (performance.now() - began) / 1000] as const
  if (last.code !== 0) violations.push(`the last one ended with ${String(last.code)}: ${last.stderr}`)
  const done = doneIn(killed)
  for (const [name, stamp] of stamps)
    if (stampOf(join(killed, name)) !== stamp) violations.push(`${name} was done twice`)
  for (const name of doneIn(undisturbed))
    for (const file of ['checkpoint.safetensors', 'probe.json']) {
      const [wanted, found] = [join(undisturbed, name, file), join(killed, name, file)]
      if (!existsSync(found)) violations.push(`${name} has no ${file}`)
      else if (!readFileSync(found).equals(readFileSync(wanted)))
        violations.push(`${name}: ${file} has other bits`)
    }
  if (done.length !== runs) violations.push(`${done.length} of ${runs} runs are done`)
  return { kills: met, doneBefore: stamps.size, done: done.length, seconds, violations }
}
