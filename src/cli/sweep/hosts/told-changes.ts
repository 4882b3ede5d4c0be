import { tellEvent } from '../../log.ts'
import { plural } from '../../units.ts'
import type { WorkerEntry } from '../../../../runtime/hosts/run-job.ts'
import type { SeenRun } from './seen.ts'

/** How many are done, of how many. */
export interface Count {
  readonly done: number
  readonly total: number
}

/** Says what has changed of a sweep that others make. */
export interface Changes {
  /** At the step that it had before. */
  readonly begun: (run: SeenRun, count: Count) => void
  /** It was begun before anybody looked. */
  readonly underWay: (run: SeenRun, count: Count) => void
  /** Its steps are done. */
  readonly probing: (run: SeenRun) => void
  /** Its worker is gone, and no other one has it yet. */
  readonly lost: (run: SeenRun) => void
  /** The worker that was gone is there, and still has it. */
  readonly foundAgain: (run: SeenRun) => void
  /** Its worker has given it back. */
  readonly waitsAgain: (run: SeenRun) => void
  readonly ended: (run: SeenRun, count: Count) => void
  readonly worker: (id: string, entry: WorkerEntry, isThere: boolean) => void
  readonly doneBefore: (count: Count) => void
  readonly tell: (line: string) => void
}

export function asLines(to: Pick<NodeJS.WriteStream, 'write'>): Changes {
  const tell = (line: string) => {
    to.write(`${line}\n`)
  }
  return {
    begun: ({ name, worker, step, attempts }) => {
      const begun = step === 0 ? 'begun' : `goes on after step ${step}`
      tell(`${name}: ${begun} by ${worker ?? 'a worker'}${attempts > 1 ? ` (attempt ${attempts})` : ''}`)
    },
    underWay: ({ name, worker, step, steps, attempts }) => {
      const again = attempts > 1 ? ` (attempt ${attempts})` : ''
      tell(`${name}: made by ${worker ?? 'a worker'}${again}, step ${step} of ${steps ?? 'some'}`)
    },
    probing: ({ name }) => {
      tell(`${name}: its steps are done, it is being probed`)
    },
    lost: ({ name, worker = 'its worker', step }) => {
      tell(`${name}: lost, ${worker} is gone; after its lease another one goes on after step ${step}`)
    },
    foundAgain: ({ name, worker = 'its worker' }) => {
      tell(`${name}: ${worker} is there again, and has it still`)
    },
    waitsAgain: ({ name, step }) => {
      tell(`${name}: waits for another worker, after step ${step}`)
    },
    ended: ({ name, failure }, { done, total }) => {
      tell(`${name}: ${failure === undefined ? 'done' : 'failed'} (${done} of ${total})`)
    },
    worker: (id, { provider }, isThere) => {
      tell(`worker ${id} is ${isThere ? `there (${provider})` : 'gone'}`)
    },
    doneBefore: ({ done, total }) => {
      tell(`${done} of ${plural(total, 'run')} are done already`)
    },
    tell,
  }
}

export function asEvents(to: Pick<NodeJS.WriteStream, 'write'>): Changes {
  const tell = (event: string, fields: object) => {
    tellEvent('info', event, fields, to)
  }
  const begun: Changes['begun'] = ({ name, worker, step, steps, attempts }, count) => {
    tell('begun', { name, worker, step, steps, attempts, ...count })
  }
  return {
    ...{ begun, underWay: begun },
    probing: ({ name, worker, steps, attempts }) => {
      tell('probing', { name, worker, steps, attempts })
    },
    lost: ({ name, worker, step, attempts }) => {
      tell('lost', { name, worker, step, attempts })
    },
    foundAgain: ({ name, worker, step, attempts }) => {
      tell('found', { name, worker, step, attempts })
    },
    waitsAgain: ({ name, step, attempts }) => {
      tell('waiting', { name, step, attempts })
    },
    ended: ({ name, failure }, count) => {
      tell('ended', { name, failure, ...count })
    },
    worker: (worker, { provider, host }, isThere) => {
      tell('worker', { worker, host, provider, present: isThere })
    },
    doneBefore: () => undefined,
    tell: (message) => {
      tell('message', { message })
    },
  }
}
