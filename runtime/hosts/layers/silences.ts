import type { Attendance } from './attendance.ts'
import type { GivenOrders } from './given-orders.ts'
import type { LayersJob } from '../layers-job.ts'

/** From when on a group that tells nothing is asked whether it is there, and how long it has to answer, in milliseconds. */
const SILENT_MS = 3000

interface SilencesOptions {
  readonly orders: Pick<GivenOrders, 'ask' | 'isAsked'>
  readonly attendance: Attendance
  readonly isConnected: () => boolean
  /** Milliseconds; undefined where it is not known. */
  readonly lease: () => Promise<number | undefined>
  readonly onNotice: (notice: string) => void
  readonly now?: () => number
}

/** A group that tells nothing: since when, and what it was asked. */
interface Silence {
  readonly since: number
  readonly asked: number
  readonly at: number
  isTold: boolean
}

/**
 * Says of which groups nothing is heard any more though a worker has them, before the server gives them to another one: once each
 * time, and when something is heard again. A group that waits for others tells nothing, either: it is asked.
 */
export class Silences {
  private readonly options: SilencesOptions
  private readonly now: () => number
  private readonly silences = new Map<number, Silence>()

  constructor(options: SilencesOptions) {
    this.options = options
    this.now = options.now ?? (() => performance.now())
  }

  /** Looks at a group that a worker has, as its record says. */
  async look({ group, name, worker }: Pick<LayersJob, 'group' | 'name' | 'worker'>): Promise<void> {
    const { orders, attendance, onNotice } = this.options
    const last = attendance.last(group)
    // Before it has begun there, it is not expected to answer.
    if (worker === null || last?.host !== worker) {
      this.silences.delete(group)
      return
    }
    const known = this.silences.get(group)
    if (known && known.since !== last.at) {
      if (known.isTold) onNotice(`${name}: ${worker} is heard of again`)
      this.silences.delete(group)
    } else if (known) await this.tell(known, { name, worker })
    else if (this.now() - last.at >= SILENT_MS)
      this.silences.set(group, { since: last.at, asked: orders.ask(), at: this.now(), isTold: false })
  }

  private async tell(silence: Silence, { name, worker }: { name: string; worker: string }): Promise<void> {
    const { orders, isConnected, lease, onNotice } = this.options
    const mayAnswer = this.now() - silence.at < SILENT_MS
    // Where the server is away, or takes nothing, nobody can answer.
    if (silence.isTold || mayAnswer || !isConnected() || !orders.isAsked(silence.asked)) return
    silence.isTold = true
    const [all, silent] = [await lease(), this.now() - silence.since]
    const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`
    const until =
      all === undefined
        ? 'when its lease is over'
        : silent < all
          ? `when its lease is over, in ${seconds(all - silent)} at most`
          : 'now, as its lease is over'
    onNotice(
      `${name}: nothing has been heard of ${worker} for ${seconds(silent)}; another worker may have it ${until}`,
    )
  }
}
