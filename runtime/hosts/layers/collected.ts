import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../../src/base/error.ts'
import { readSafetensors } from '../../files/safetensors.ts'
import { getFile } from '../fetch-file.ts'
import { removeFile, type StoredFile } from '../files.ts'
import { layersStream, ordersSubject, resultsSubject } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import { Following } from './follow.ts'
import { valuesAfter } from './group-values.ts'
import { readResult, type Result } from './messages.ts'
import type { Attendance } from './attendance.ts'
import type { Inbox } from '../../workers/parts/inbox.ts'
import type { SavedPart } from '../../workers/parts/messages.ts'
import type { Server } from '../server.ts'
import type { Job } from './job.ts'
import type { GivenOrders } from './orders.ts'

interface CollectedOptions {
  readonly server: Server
  readonly job: Job
  readonly inbox: Inbox
  readonly orders: GivenOrders
  readonly attendance: Attendance
  readonly groups: number
  /** Steps done before. */
  readonly from: number
  readonly again: AgainOptions
  readonly onNotice: (notice: string) => void
  readonly fail: (error: unknown) => void
}

/** What an inbox calls the values that parts begin with. */
const BEFORE_ALL = -1

/** Takes in what groups say, each thing once, however often it was said. */
export class Collected {
  private readonly options: CollectedOptions
  /** What was told of steps from the last one on that all have saved. */
  private readonly told = new Set<string>()
  private common: number
  private readonly folder = mkdtempSync(join(tmpdir(), 'hebb-layers-'))
  private following: Following | undefined
  private saved = new Map<number, number>()
  private isAskedAtFirst = false
  private hasStrangers = false

  private constructor(options: CollectedOptions) {
    this.options = options
    this.common = options.from
  }

  static async open(options: CollectedOptions): Promise<Collected> {
    const collected = new Collected(options)
    const { server, job, again, fail } = options
    const reading = { job: job.id, subject: resultsSubject(job.id), from: 1, ...again }
    collected.following = await Following.open(server, reading, (message) =>
      collected.take(readResult(message.string()), message.seq),
    )
    collected.following.ended.catch(fail)
    return collected
  }

  /** After which step the values are taken that an order asks for. */
  placeOf(step: number): number {
    if (step !== BEFORE_ALL) return step
    this.isAskedAtFirst = true
    return this.options.from
  }

  async stop(): Promise<void> {
    await this.following?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async take(result: Result, sequence: number): Promise<void> {
    const { inbox, attendance } = this.options
    if (result.kind === 'failed') throw failure(result)
    if (result.kind === 'here') {
      attendance.hear(result.group, result.host, result.asked)
      return
    }
    const key = `${result.kind} ${result.group} ${result.step}`
    if (this.told.has(key) || result.step < this.common) return
    if (!this.isExpected(result)) return
    attendance.hear(result.group, result.host)
    this.told.add(key)
    if (result.kind === 'done') {
      const { step, losses, log, graphs } = result
      inbox.receive({ kind: 'done', step, losses, log, graphs })
      return
    }
    const { step, group, file } = result
    const values = await this.values(group, step, file)
    const isFirst = step === this.options.from && this.isAskedAtFirst
    const asked = isFirst ? BEFORE_ALL : step
    for (const [name, part] of values) inbox.receive({ kind: 'value', step: asked, name, part })
    inbox.receive({ kind: 'saved', step: asked })
    await this.count(step, sequence)
  }

  /** Whether it is of a step that groups were told to do. Nothing is kept of what is not, and nobody waits for it. */
  private isExpected({ kind, group, step, host }: Exclude<Result, { kind: 'failed' | 'here' }>): boolean {
    const { orders, groups, onNotice } = this.options
    const isTold = kind === 'done' ? orders.isAllowed(step) : orders.isAskedFor(step)
    if (group < groups && isTold) return true
    if (!this.hasStrangers)
      onNotice(
        `${host} tells of step ${step} of group ${group}, which nobody was told to do: it is passed over; look at who may write on the server`,
      )
    this.hasStrangers = true
    return false
  }

  private async values(
    group: number,
    step: number,
    file: StoredFile,
  ): Promise<ReadonlyMap<string, SavedPart>> {
    const { job, again } = this.options
    const path = join(this.folder, `group-${group}.safetensors`)
    await getFile(valuesAfter(job.store, group, step), file, path, again)
    const { tensors } = readSafetensors(path)
    rmSync(path)
    return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, from: 0 }] as const))
  }

  /** Once all groups have saved a step, nobody begins before it: what was said until then goes. */
  private async count(step: number, sequence: number): Promise<void> {
    const { server, job, orders, groups, again } = this.options
    const there = (this.saved.get(step) ?? 0) + 1
    this.saved.set(step, there)
    if (there < groups) return
    this.saved.delete(step)
    orders.saved(step)
    this.common = step
    for (const key of this.told) if (Number(key.split(' ').at(-1)) < step) this.told.delete(key)
    const stream = layersStream(job.id)
    // By now, no record says that a group goes on from there.
    if (job.start && step > this.options.from) await removeFile(job.store, job.start, again)
    const { streams } = server.manager
    await untilAnswered(() => streams.purge(stream, { filter: resultsSubject(job.id), seq: sequence }), again)
    await untilAnswered(() => streams.purge(stream, { filter: ordersSubject(job.id), keep: 1 }), again)
  }
}

/** What a group could not go on for, as it would be told here, and where it was. */
function failure({ name, message, host }: Extract<Result, { kind: 'failed' }>): Error {
  const where = `It was told by ${host}.`
  return name === 'Error' ? new Error(`${message}\n  ${where}`) : new UserError(name, message).note(where)
}
