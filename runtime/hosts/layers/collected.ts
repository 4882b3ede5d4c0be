import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../../src/base/error.ts'
import { readSafetensors } from '../../files/safetensors.ts'
import { getFile } from '../fetch-file.ts'
import { removeFile, type StoredFile } from '../files.ts'
import { resultsSubject } from '../names.ts'
import { Following } from './follow.ts'
import { valuesAfter } from './group-values.ts'
import { readResult, type Result } from './messages.ts'
import { ToldSteps } from './told-steps.ts'
import { Trimming } from './trimming.ts'
import type { Attendance } from './attendance.ts'
import type { Inbox } from '../../workers/parts/inbox.ts'
import type { SavedPart } from '../../workers/parts/messages.ts'
import type { AgainOptions } from '../passing.ts'
import type { Server } from '../server.ts'
import type { Job } from './job.ts'
import type { GivenOrders } from './given-orders.ts'

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

type Of<Kind extends Result['kind']> = Extract<Result, { kind: Kind }>

/** What an inbox calls the values that parts begin with. */
const BEFORE_ALL = -1

/** Takes in what groups say, each thing once, however often it was said. */
export class Collected {
  private readonly options: CollectedOptions
  /** By group, the steps that are done. */
  private readonly done: readonly ToldSteps[]
  /** By step, the groups whose values after it are there; until all have come. */
  private readonly saved = new Map<number, Set<number>>()
  private readonly trimming: Trimming
  /** All groups have had a place to go on from there, or are about to. */
  private place: number
  private readonly folder = mkdtempSync(join(tmpdir(), 'hebb-layers-'))
  private following: Following | undefined
  /** The last step after which the values of all are there. */
  private common = -1
  private isAskedAtFirst = false
  private hasStrangers = false

  private constructor(options: CollectedOptions) {
    this.options = options
    const { server, job, again, groups, from } = options
    this.done = Array.from({ length: groups }, () => new ToldSteps(from))
    this.place = from
    this.trimming = new Trimming({ server, job: job.id, again })
  }

  static async open(options: CollectedOptions): Promise<Collected> {
    const collected = new Collected(options)
    const { server, job, again, fail } = options
    const reading = { job: job.id, subject: resultsSubject(job.id), from: 1, ...again }
    collected.following = await Following.open(server, reading, async (message) => {
      await collected.take(readResult(message.string()))
      await collected.trimming.take(message.data.length, message.seq)
    })
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

  private async take(result: Result): Promise<void> {
    const { attendance } = this.options
    if (result.kind === 'failed') throw failure(result)
    if (result.kind === 'here') attendance.hear(result.group, result.host, result.asked)
    if (result.kind === 'done') this.takeDone(result)
    if (result.kind === 'saved') await this.takeSaved(result)
  }

  private takeDone(result: Of<'done'>): void {
    const { inbox, attendance, orders, job } = this.options
    const { every } = job
    const { group, host, step, losses, log, graphs } = result
    const done = this.done[group]
    if (!done || !orders.isAllowed(step)) this.passOver(result)
    else if (done.add(step)) {
      attendance.hear(group, host)
      inbox.receive({ kind: 'done', step, losses, log, graphs })
      if (Math.min(...this.done.map(({ whole }) => whole)) < this.place + every) return
      this.place += every
      this.trimming.soon()
    }
  }

  private async takeSaved(result: Of<'saved'>): Promise<void> {
    const { inbox, attendance, orders, groups, from } = this.options
    const { group, host, step, file } = result
    // Once more, and late.
    if (step <= this.common) return
    if (group >= groups || !orders.isAskedFor(step)) {
      this.passOver(result)
      return
    }
    attendance.hear(group, host)
    const saved = this.saved.get(step) ?? new Set()
    if (saved.has(group)) return
    this.saved.set(step, saved.add(group))
    const values = await this.values(group, step, file)
    const asked = step === from && this.isAskedAtFirst ? BEFORE_ALL : step
    for (const [name, part] of values) inbox.receive({ kind: 'value', step: asked, name, part })
    inbox.receive({ kind: 'saved', step: asked })
    if (saved.size === groups) await this.haveSaved(step)
  }

  /** What groups were not told to do. Nothing is kept of it, and nobody waits for it. */
  private passOver({ group, step, host }: Of<'done' | 'saved'>): void {
    if (!this.hasStrangers)
      this.options.onNotice(
        `${host} tells of step ${step} of group ${group}, which nobody was told to do: it is passed over; look at who may write on the server`,
      )
    this.hasStrangers = true
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

  /** Once all groups have saved a step, nobody begins before it. */
  private async haveSaved(step: number): Promise<void> {
    const { job, orders, from, again } = this.options
    this.saved.delete(step)
    this.common = step
    this.trimming.soon()
    orders.saved(step)
    // By now, no record says that a group goes on from there.
    if (job.start && step > from) await removeFile(job.store, job.start, again)
  }
}

/** What a group could not go on for, as it would be told here, and where it was. */
function failure({ name, message, host }: Extract<Result, { kind: 'failed' }>): Error {
  const where = `It was told by ${host}.`
  return name === 'Error' ? new Error(`${message}\n  ${where}`) : new UserError(name, message).note(where)
}
