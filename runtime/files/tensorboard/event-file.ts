import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { orFileError } from '../../../src/base/file-error.ts'
import { isThere } from '../../../src/base/file-kind.ts'
import { writeFully } from '../atomic.ts'
import { eventFilesIn, nameAfter, emptyEventFiles } from './own-files.ts'
import { recordOf } from './records.ts'
import { encodeEvent, type Event } from './schema.ts'

/** What is kept back at most, in milliseconds and in bytes: each writing is a call of the system. */
const LONGEST_WAIT = 3000
const LARGEST_WAITING = 256 * 1024

/**
 * A new event file in a folder, in place of those that Hebb has written there before: it is given all of the run's
 * history. A reader that has an earlier one open finds this one by its later name, and is told at its beginning that
 * whatever it knows is void.
 */
export class EventFile {
  private readonly folder: string
  private readonly history: () => Iterable<Event>
  private path = ''
  private waiting: Uint8Array[] = []
  private size = 0
  private last = 0

  /** @throws UserError ('FileError') */
  constructor(folder: string, history: () => Iterable<Event>) {
    this.folder = folder
    this.history = history
    this.begin()
  }

  private begin(): void {
    const before = eventFilesIn(this.folder)
    this.path = join(this.folder, nameAfter(before))
    orFileError('write', this.path, () => {
      closeSync(openSync(this.path, 'wx'))
    })
    this.waiting = []
    this.size = 0
    for (const event of this.history()) this.add(event)
    this.write()
    emptyEventFiles(before)
  }

  /** Takes an event, and writes it within some seconds, with others that come until then. */
  add(event: Event): void {
    const record = recordOf(encodeEvent(event))
    this.waiting.push(record)
    this.size += record.length
    if (this.size > LARGEST_WAITING || performance.now() - this.last > LONGEST_WAIT) this.flush()
  }

  /** Writes what waits. Where somebody has removed the file, it begins anew. @throws UserError ('FileError') */
  flush(): void {
    if (isThere(this.path)) this.write()
    else this.begin()
  }

  private write(): void {
    this.last = performance.now()
    if (this.size === 0) return
    const records = Buffer.concat(this.waiting)
    this.waiting = []
    this.size = 0
    orFileError('write', this.path, () => {
      // Not made anew: a file without its beginning would be none.
      const file = openSync(this.path, constants.O_WRONLY | constants.O_APPEND)
      try {
        writeFully(file, records)
      } finally {
        closeSync(file)
      }
    })
  }
}
