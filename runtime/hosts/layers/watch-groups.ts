import { setTimeout } from 'node:timers/promises'
import { UserError } from '../../../src/base/error.ts'
import type { Job } from './job.ts'

const LOOK_MS = 2000
/** From when on it is said that nobody has taken a group. */
const LONG_MS = 20_000

interface WatchOptions {
  /** By group, who has it. */
  readonly who: Map<string, string>
  readonly onNotice: (notice: string) => void
  readonly provider: string
  /** The address of the server, without credentials. */
  readonly url: string
  readonly signal: AbortSignal
}

/** Says who has which group, and which of them nobody takes. @throws UserError where one was given up */
export async function watchGroups({ keys, records }: Job, options: WatchOptions): Promise<void> {
  const { who, onNotice, provider, url, signal } = options
  const waiting = new Map<string, number>()
  while (!signal.aborted) {
    for (const key of keys) {
      const { value } = (await records.get(key)) ?? {}
      if (!value) continue
      const { name, worker, state, failure } = value
      if (state === 'failed')
        throw new UserError('ServerError', `${name}: ${failure ?? 'it was given up'}`, {
          help: 'Mend it, and go on with the run: --resume.',
        })
      const before = who.get(name)
      if (state === 'running' && worker !== null && before !== worker) {
        onNotice(`${name}: ${worker}${before === undefined ? '' : `, in place of ${before}`}`)
        who.set(name, worker)
      }
      const waits = state === 'waiting' ? (waiting.get(name) ?? 0) + LOOK_MS : 0
      if (waits >= LONG_MS && waits - LOOK_MS < LONG_MS)
        onNotice(
          `nobody has taken ${name}: it needs a worker: hebb work --on ${url} --provider ${provider} --data FOLDER, below which are the images where its layers read them`,
        )
      waiting.set(name, waits)
    }
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
