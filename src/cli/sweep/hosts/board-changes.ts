import type { HostsBoard } from './shown-board.ts'
import { isMade, type Seen, type SeenRun } from './seen.ts'
import type { Changes, Count } from './told-changes.ts'

const isOver = ({ state }: SeenRun): boolean => state === 'here' || state === 'failed'

/** Says what is another thing than at the look before. */
export function changesBoard(changes: Changes): HostsBoard {
  let last: Seen | undefined
  const show = (seen: Seen) => {
    const count: Count = { done: seen.runs.filter(isOver).length, total: seen.runs.length }
    const before = new Map(last?.runs.map((run) => [run.name, run]))
    const here = seen.runs.filter(({ state }) => state === 'here').length
    if (!last && here > 0) changes.doneBefore({ ...count, done: here })
    tellWorkers(changes, last, seen)
    for (const run of seen.runs) tellRun(changes, before.get(run.name), run, count)
    if (seen.hindrance !== undefined && seen.hindrance !== last?.hindrance) changes.tell(seen.hindrance)
    last = seen
  }
  return { show, tell: changes.tell, stop: () => undefined }
}

function tellWorkers(changes: Changes, last: Seen | undefined, seen: Seen): void {
  for (const [id, entry] of seen.workers) if (!last?.workers.has(id)) changes.worker(id, entry, true)
  for (const [id, entry] of last?.workers ?? []) if (!seen.workers.has(id)) changes.worker(id, entry, false)
}

/** Of one that nobody has looked at before it is not known from which step it goes on. */
function tellBegun(changes: Changes, before: SeenRun | undefined, run: SeenRun, count: Count): void {
  if (before) changes.begun({ ...run, step: before.state === 'missing' ? 0 : before.step }, count)
  else if (run.step === 0) changes.begun(run, count)
  else changes.underWay(run, count)
}

function tellRun(changes: Changes, before: SeenRun | undefined, run: SeenRun, count: Count): void {
  const wasTaken = before !== undefined && (isMade(before) || before.state === 'lost')
  const isAnew = !wasTaken || before.attempts !== run.attempts
  if (isMade(run) && isAnew) tellBegun(changes, before, run, count)
  if (isMade(run) && !isAnew && before.state === 'lost') changes.foundAgain(run)
  if (run.state === 'probing' && (isAnew || before.state !== 'probing')) changes.probing(run)
  if (run.state === 'lost' && before?.state !== 'lost') changes.lost(run)
  if (run.state === 'waiting' && wasTaken) changes.waitsAgain(run)
  if (isOver(run) && (before ? !isOver(before) : run.state === 'failed')) changes.ended(run, count)
}
