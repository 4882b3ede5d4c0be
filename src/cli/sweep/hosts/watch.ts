import { explained } from '../../../../runtime/hosts/server-error.ts'
import { connectServer, type Server } from '../../../../runtime/hosts/server.ts'
import { openRuns } from '../../../../runtime/hosts/run-records.ts'
import { UserError } from '../../../base/error.ts'
import { present } from '../../../base/lists.ts'
import { exitCodes } from '../../exit-codes.ts'
import { interruptible } from '../../interrupt.ts'
import { isJson, tellEvent } from '../../log.ts'
import { tellOutcome } from '../outcome.ts'
import { isDone, readSweep, type RecordedRun, type SweepRecord, type SweepServer } from '../record.ts'
import { plural } from '../../units.ts'
import { wordsOf } from '../settings.ts'
import { hostsBoard } from './board.ts'
import { Collector } from './collect.ts'
import { commandOf } from './command-of.ts'
import { followRuns } from './follow.ts'
import { imagesToShare } from './images.ts'
import type { MakeOptions } from '../run-all.ts'
import type { HostsBoard } from './shown-board.ts'
import type { ConnectionTold } from '../../../../runtime/hosts/connection-told.ts'

/** Watches a sweep whose runs others make, and fetches what is done. For who holds the lock of the sweep. */

export interface ServerFlags {
  readonly on: string
  readonly creds?: string | undefined
}

/** The server is where the sweep was published, unless another address of it is given. */
export type WatchPlace = Omit<ServerFlags, 'on'> & { readonly on?: string | undefined }

/** The command that shows a sweep again. */
export const watching = (out: string): string => `hebb sweep --watch --out ${out}`

const connection: Readonly<Record<ConnectionTold, string>> = {
  lost: 'the server does not answer: it is tried again',
  refused: 'the server does not let us in any more: it is tried again, look at the credentials',
  restored: 'the server is there again',
  unread: 'the credentials cannot be read, and the earlier ones are used',
}

/** Does what needs the server, which may go and come back meanwhile. @throws UserError ('ServerError') */
export async function withServer(
  { on, creds }: ServerFlags,
  out: string,
  tell: (line: string) => void,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const onConnection = (told: ConnectionTold, problem?: string) => {
    tell(problem === undefined ? connection[told] : `${connection[told]}: ${problem}`)
  }
  const server = await connectServer({ url: on, creds, name: `hebb sweep ${out}`, onConnection })
  try {
    await explained(on, () => use(server))
  } finally {
    await server.close()
  }
}

export interface Watched {
  readonly sweep: SweepRecord
  readonly server: SweepServer
  /** The runs that are waited for, and why some of them are not made at all. */
  readonly wanted: readonly RecordedRun[]
  readonly failures: ReadonlyMap<string, string>
  /** Where the images lie here, as records of runs have it. */
  readonly data: string
  readonly make: Omit<MakeOptions, 'signal'>
}

/** Watches until all runs have ended, and tells what has come of them. Ctrl-C ends that, and no run. */
export async function watch(server: Server, board: HostsBoard, watched: Watched): Promise<void> {
  const { sweep, wanted, failures, data, make } = watched
  const { job } = watched.server
  const { out } = make
  let collector: Collector | undefined
  const told = new Set<string>()
  const onFailure = ({ message }: Error) => {
    if (!told.has(message)) board.tell(`the server: ${message}; it is tried again`)
    told.add(message)
  }
  const follow = async (signal: AbortSignal) => {
    const again = { signal, onFailure }
    const runs = await openRuns(server, again)
    const { tell } = board
    const options = { ...make, server, runs, job, data, signal, again, wanted, failures, board, tell }
    collector = new Collector(sweep, options)
    try {
      return await followRuns(collector, options)
    } catch (error) {
      // Who waits for the server is stopped there.
      if (signal.aborted) return undefined
      if (error instanceof UserError && error.name === 'FileError')
        throw error.note(
          `Nothing is lost: what is done stays on the server until ${watching(out)} has fetched it.`,
        )
      throw error
    } finally {
      board.stop()
    }
  }
  const ended = await interruptible('Watching stops, and no run.', follow, (result) => result === undefined)
  const others = ended?.failures.size === 0 ? await collector?.close() : undefined
  if (others !== undefined && others > 0)
    board.tell(`${plural(others, 'other run')} of the sweep on the server: ${watching(out)}`)
  const stopped = `the runs go on; ${watching(out)} shows them again, and fetches what is done`
  tellOutcome(out, ended?.failures, stopped)
  if (ended && ended.unpublished.size > 0) tellUnpublished(ended.unpublished, commandOf(sweep, out))
}

/** Of a sweep whose publishing was broken off: it is not all there. */
function tellUnpublished(names: ReadonlySet<string>, command: string): void {
  const [some, they] = [plural(names.size, 'run'), names.size === 1 ? 'it' : 'them']
  const text = `${some} of the sweep ${names.size === 1 ? 'was' : 'were'} never published: the command of the sweep publishes ${they}: ${command}`
  if (isJson()) tellEvent('error', 'error', { message: text, runs: [...names] })
  else console.error(text)
  process.exitCode = exitCodes.userError
}

/** @throws UserError ('SweepError') where the folder holds none */
export function requireSweep(out: string): SweepRecord {
  const sweep = readSweep(out)
  if (sweep) return sweep
  throw new UserError('SweepError', `${out} holds no sweep`, {
    help: 'Give the folder of one that was published: hebb sweep PROGRAM … --on URL --out FOLDER.',
  })
}

/**
 * Watches a sweep that was published by another command.
 *
 * @throws UserError ('SweepError') where the folder holds none, or none that is on a server; as `withServer`
 */
export async function watchAgain(out: string, place: WatchPlace): Promise<void> {
  const sweep = requireSweep(out)
  const { server } = sweep
  if (!server) {
    if (sweep.runs.every((run) => run.done && isDone(out, run, run.done.judged))) {
      tellOutcome(out, new Map())
      return
    }
    throw new UserError('SweepError', `the runs of ${out} are on no server`, {
      help: 'Give the command that it was begun with: it goes on here; or, with --on URL, there.',
    })
  }
  const { on = server.url, creds } = place
  const settings = { fixed: sweep.settings, judging: server.judging, free: {} }
  const { spec: data } = await imagesToShare(present(sweep.settings['--data'], 'the data set of a sweep'))
  const board = hostsBoard()
  await withServer({ on, creds }, out, board.tell, (connected) =>
    watch(connected, board, {
      ...{
        sweep,
        server,
        data,
        failures: new Map(),
        make: { out, settings, workers: 1, prometheus: undefined },
      },
      wanted: sweep.runs.filter((run) => !isDoneOtherwise(out, run, wordsOf(server.judging).join(' '))),
    }),
  )
}

/** Judged as was asked before: nobody has asked for it again. */
const isDoneOtherwise = (out: string, run: RecordedRun, judged: string): boolean =>
  run.done !== undefined && run.done.judged !== judged && isDone(out, run, run.done.judged)
