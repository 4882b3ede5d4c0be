import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadBundle } from '../../../src/bundle/load-bundle.ts'
import { complaints, firstLine } from '../complaints.ts'
import { kill } from '../processes.ts'
import { tinyProgram } from '../tiny-program.ts'
import { hasBegun, problemsAtTheEnd, Watched } from './examine.ts'
import { awaiting, begin, deliver, resumeWords, startWords, type Rig } from './rig.ts'
import { finish, orphans } from './round.ts'
import type { Outcome } from '../cases.ts'
import type { Ended, Running } from '../hebb.ts'
import type { Duel, Round } from './plan.ts'

type Pair = readonly [Running, Running]

/** The second of two may also come when the first is done, and find nothing left to do. */
const hadNothingToDo = ({ code, stdout }: Ended): boolean =>
  code === 0 && stdout.includes('were done already')

/** One wins; the other is told so, in words, and ends with 1. */
async function verdict(pair: Pair): Promise<string[]> {
  const ended = await Promise.all(pair.map((running) => running.ended))
  const problems = ended.flatMap((each) => complaints(each, [0, 1]))
  const winners = ended.filter((each) => each.code === 0 && !hadNothingToDo(each))
  if (winners.length !== 1) {
    const told = ended.map(({ code, stderr }) => `${String(code)} ${firstLine(stderr)}`)
    problems.push(`${winners.length} of two processes at once won (${told.join(' | ')})`)
  }
  for (const running of pair) problems.push(...(await orphans(running)))
  return problems
}

/** Two processes on one run; what is wrong before it is looked at. */
async function fight(duel: Duel, round: Round, rig: Rig, out: string, temporary: string) {
  const start = () => begin(startWords(round.from, rig, out, round.last), temporary)
  const resume = () => begin(resumeWords(out, round.last), temporary)
  if (duel === 'two starts') return verdict([start(), start()])
  if (duel === 'start and resume') return verdict([start(), resume()])
  const first = start()
  await awaiting(first, () => hasBegun(out))
  if (duel === 'start, then resume while it is trained') return verdict([first, resume()])
  if (duel === 'two resumes') {
    deliver(first, 'group')
    await first.ended
    return [...(await orphans(first)), ...(await verdict([resume(), resume()]))]
  }
  // The inner process may still train when the next one comes: that one may be told so, or go on.
  kill(first.pid)
  const second = resume()
  const ended = await second.ended
  return [...complaints(ended, [0, 1]), ...(await orphans(first)), ...(await orphans(second))]
}

/** Two at once compile into one folder: what is there then is a whole bundle, and nothing lies beside it. */
async function compileTwice(out: string, temporary: string): Promise<Outcome> {
  const target = join(out, 'bundle')
  const both = [tinyProgram, `${tinyProgram}#colour`].map((name) =>
    begin(['compile', name, '--out', target], temporary),
  )
  const ended = await Promise.all(both.map((running) => running.ended))
  const violations = ended.flatMap((each) => complaints(each, [0, 1]))
  if (ended.every(({ code }) => code !== 0)) violations.push('neither compiled')
  try {
    loadBundle(target)
  } catch (error) {
    violations.push(`no bundle: ${error instanceof Error ? error.message : String(error)}`)
  }
  return { counts: { duels: 1 }, violations }
}

export async function duelRound(
  duel: Duel,
  round: Round,
  rig: Rig,
  out: string,
  temporary: string,
): Promise<Outcome> {
  if (duel === 'two compiles') return compileTwice(out, temporary)
  const violations = await fight(duel, round, rig, out, temporary)
  const isDone = existsSync(out) && problemsAtTheEnd(out, rig.reference).length === 0
  // Whatever has happened, the run can be brought to its end.
  if (!isDone) {
    violations.push(
      ...new Watched(out, rig.bundle, rig.reference).problems().map((each) => `after it, ${each}`),
    )
    violations.push(...(await finish(round, rig, out, temporary)))
  }
  const kills = duel === 'two resumes' || duel === 'resume of an orphan' ? 1 : 0
  return { counts: { duels: 1, kills, runs: 1 }, violations: [...new Set(violations)] }
}
