import { parseJsonAs } from '../../src/base/strangers.ts'
import { UserError } from '../../src/base/error.ts'
import { RECORD_BUCKET } from './names.ts'
import { isGone, unlessGone, untilAnswered, type AgainOptions } from './passing.ts'
import type { Entry } from './entries.ts'
import type { Bucket } from './stores.ts'
import type { z } from 'zod'

/** What somebody knows of a record: whoever writes it names the revision, so that of two writers one is refused. */
export interface Held<T> {
  readonly value: T
  readonly revision: number
}

/** Somebody else has written the record meanwhile: it is theirs now, and so is what it is of. */
export class LeaseLost extends Error {
  constructor(key: string) {
    super(`${key} is another worker's now`)
    this.name = 'LeaseLost'
  }
}

const noRecords = (): UserError =>
  new UserError('ServerError', `the records (${RECORD_BUCKET}) are not on the server any more`, {
    help: 'Somebody has removed them there: what is not done is published again by the command that published it.',
  })

/** Far more than a server takes to list the records of thousands of runs. */
const LIST_MS = 20_000

/** JetStream's answer to a revision that is not the last. */
const WRONG_REVISION = 10071

const isWrongRevision = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === WRONG_REVISION

/**
 * All entries whose keys are such, until each that there was has come. The server counts those that are still to come, too, and
 * never to the end where one is written again while it lists. A list that a lost connection cuts off has no end, either: it is
 * asked for again.
 */
async function listed(bucket: Bucket, key: string): Promise<Entry[]> {
  const missing = new Set((await bucket.keysOf(key).catch(unlessGone)) ?? [])
  if (missing.size === 0) return []
  const entries = await bucket.entries(key).catch(unlessGone)
  if (!entries) return []
  const cutOff = setTimeout(entries.stop, LIST_MS)
  try {
    const all: Entry[] = []
    while (missing.size > 0) {
      const entry = await entries.next()
      if (!entry) throw notListed()
      all.push(entry)
      missing.delete(entry.key)
    }
    return all
  } finally {
    clearTimeout(cutOff)
    entries.stop()
  }
}

const notListed = (): Error =>
  Object.assign(new Error('the server has not listed all records in time'), { name: 'TimeoutError' })

/** Records of one schema in a bucket, as JSON; of a bucket that is not there, none. */
export class Records<T> {
  private readonly bucket: Bucket
  private readonly schema: z.ZodType<T>
  private readonly again: AgainOptions

  constructor(bucket: Bucket, schema: z.ZodType<T>, again: AgainOptions = {}) {
    this.bucket = bucket
    this.schema = schema
    this.again = again
  }

  /** The same records, asked for otherwise. */
  asked(again: AgainOptions): Records<T> {
    return new Records(this.bucket, this.schema, again)
  }

  /** Whether there is such a bucket at all. */
  async isThere(): Promise<boolean> {
    const keys = await untilAnswered(() => this.bucket.keysOf('none').catch(unlessGone), this.again)
    return keys !== undefined
  }

  /** @throws UserError ('ServerError') where somebody has removed the bucket, with whatever record was in it */
  async requireThere(): Promise<void> {
    if (!(await this.isThere())) throw noRecords()
  }

  /** @throws UserError ('ServerError') for a record of something else, or another version */
  async get(key: string): Promise<Held<T> | undefined> {
    const entry = await untilAnswered(() => this.bucket.get(key).catch(unlessGone), this.again)
    return entry?.operation === 'PUT' ? this.read(entry) : undefined
  }

  /** Undefined where there is one already. */
  async create(key: string, value: T): Promise<Held<T> | undefined> {
    try {
      return await this.write(key, 0, value)
    } catch (error) {
      if (error instanceof LeaseLost) return undefined
      throw error
    }
  }

  /** @throws LeaseLost where somebody has written it since */
  async write(key: string, revision: number, value: T): Promise<Held<T>> {
    const text = JSON.stringify(value)
    return untilAnswered(async (attempt) => {
      try {
        const written =
          revision === 0 ? await this.bucket.create(key, text) : await this.bucket.update(key, text, revision)
        return { value, revision: written }
      } catch (error) {
        if (isGone(error)) throw noRecords()
        if (!isWrongRevision(error)) throw error
        // The answer to an earlier attempt of ours may have been lost on its way.
        const now = attempt > 0 ? await this.bucket.get(key) : null
        if (now?.operation === 'PUT' && now.string() === text) return { value, revision: now.revision }
        throw new LeaseLost(key)
      }
    }, this.again)
  }

  async remove(key: string): Promise<void> {
    await untilAnswered(() => this.bucket.purge(key).catch(unlessGone), this.again)
  }

  /**
   * All records, or those whose keys begin so, by key.
   *
   * @param onStrange is told of each that is none of ours, and of why; default: that is thrown
   */
  async all(
    prefix?: string,
    onStrange?: (key: string, problem: UserError) => void,
  ): Promise<Map<string, Held<T>>> {
    const key = prefix === undefined ? '>' : `${prefix}.>`
    const entries = await untilAnswered(() => listed(this.bucket, key), this.again)
    const found = new Map<string, Held<T>>()
    for (const entry of entries) {
      if (entry.operation !== 'PUT') {
        found.delete(entry.key)
        continue
      }
      try {
        found.set(entry.key, this.read(entry))
      } catch (error) {
        if (!onStrange || !(error instanceof UserError)) throw error
        onStrange(entry.key, error)
      }
    }
    return found
  }

  private read(entry: Pick<Entry, 'key' | 'revision' | 'string'>): Held<T> {
    try {
      return { value: parseJsonAs(entry.string(), this.schema), revision: entry.revision }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new UserError('ServerError', `the record ${entry.key} on the server ${error.message}`, {
        help: 'Somebody else has written it, or another version of hebb: use another server or account, or remove it.',
      })
    }
  }
}
