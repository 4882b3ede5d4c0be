import { complaints } from '../complaints.ts'
import { killMarked, remaining } from '../processes.ts'
import { hasRun, problemsAtTheEnd, Watched } from './examine.ts'
import { begin, deliver, momentOf, resumeWords, startWords, type Rig } from './rig.ts'
import type { Outcome } from '../cases.ts'
import type { Running } from '../hebb.ts'
import type { Round, Start } from './plan.ts'

/** A process that was killed takes those that it started with it, within this time. */
const GONE_WITHIN_MS = 2000

/** What is wrong where processes live on; they are ended then. */
export async function orphans({ mark }: Running): Promise<string[]> {
  const left = await remaining(mark, GONE_WITHIN_MS)
  if (left.length === 0) return []
  killMarked(mark)
  await remaining(mark, GONE_WITHIN_MS)
  return [`processes left ${GONE_WITHIN_MS / 1000} s after: ${left.length}`]
}

/** Starts a run or goes on with it, whichever is possible, as its user would. */
const words = (round: Round, rig: Rig, out: string, manner: Start['manner']): string[] =>
  hasRun(out) ? resumeWords(out, manner) : startWords(round.from, rig, out, manner)

/** One start that is killed; whether the run has come to its end before. */
async function killedStart(running: Running, out: string, { kill }: Start, watched: Watched) {
  const problems: string[] = []
  await momentOf(running, out, kill, () => problems.push(...watched.checkpointProblems()))
  if (running.hasEnded()) {
    const ended = await running.ended
    return { kills: 0, over: ended.code === 0, problems: [...problems, ...complaints(ended, [0])] }
  }
  const kills = deliver(running, kill.victim) ? 1 : 0
  await running.ended
  problems.push(...(await orphans(running)), ...watched.problems())
  return { kills, over: false, problems }
}

/** The last start, which nobody kills: the run comes to its end, and is what the undisturbed one is. */
export async function finish(round: Round, rig: Rig, out: string, temporary: string): Promise<string[]> {
  const running = begin(words(round, rig, out, round.last), temporary)
  const ended = await running.ended
  return [...complaints(ended, [0]), ...(await orphans(running)), ...problemsAtTheEnd(out, rig.reference)]
}

/** Trains a run in spite of kills. */
export async function killedRound(round: Round, rig: Rig, out: string, temporary: string): Promise<Outcome> {
  const watched = new Watched(out, rig.bundle, rig.reference)
  const violations: string[] = []
  let [kills, starts] = [0, 0]
  for (const start of round.starts) {
    const running = begin(words(round, rig, out, start.manner), temporary)
    const did = await killedStart(running, out, start, watched)
    starts++
    kills += did.kills
    violations.push(...did.problems.map((problem) => `start ${starts}: ${problem}`))
    if (did.over) break
  }
  violations.push(...(await finish(round, rig, out, temporary)))
  return { counts: { kills, starts: starts + 1, runs: 1 }, violations: [...new Set(violations)] }
}
