import { closeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isThere, stampOf } from '../../src/base/file-kind.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { openRegularFile, readFully, sizeOf } from '../../src/base/regular-file.ts'
import { copyAtomically } from '../files/atomic.ts'
import { keptFolder, namesIn, runFiles } from '../files/run-files.ts'
import { withSafetensors } from '../files/safetensors.ts'
import { putBytes, putFile, removeFile, type FileStore, type StoredFile } from './files.ts'
import { PIECE, staying } from './pieces.ts'
import { isAppended, isOfItsTime, isRunPath } from './run-paths.ts'
import type { AgainOptions } from './passing.ts'
import type { KeptFile } from './run-job.ts'

/**
 * The folder of a run that is being made, put on the server as it is at a checkpoint. Whoever goes on from it forgets what
 * came after that checkpoint, so lines that are further on do no harm; the best and the kept checkpoints are taken at the
 * moment of the last one, for a later best one would be forgotten, and the one before it missed.
 */

export interface Snapshot {
  /** Of the checkpoint; 0 where there is none yet. */
  readonly step: number
  readonly files: readonly KeptFile[]
}

const CHECKPOINT = 'checkpoint.safetensors'

/** Those of a run's folder that go to the server. */
const pathsIn = (folder: string): string[] => [
  ...namesIn(folder).filter(isRunPath),
  ...namesIn(keptFolder(folder))
    .map((name) => `checkpoints/${name}`)
    .filter(isRunPath),
]

/** Which checkpoint a run has; another text for another one, and undefined for none. A second name of it changes nothing. */
export function checkpointStamp(folder: string): string | undefined {
  const { checkpoint } = runFiles(folder)
  if (!isThere(checkpoint)) return undefined
  const { size, modified } = stampOf(checkpoint)
  return `${size} ${modified}`
}

/** Puts a run's folder on the server time after time, in one attempt to make it. */
export class RunUploads {
  private readonly store: FileStore
  private readonly folder: string
  /** A folder for second names of what is sent, on the same disk. */
  private readonly aside: string
  private readonly again: AgainOptions
  private last: readonly KeptFile[] = []

  constructor(store: FileStore, folder: string, aside: string, again: AgainOptions) {
    this.store = store
    this.folder = folder
    this.aside = aside
    this.again = again
  }

  /** @throws UserError ('FileError'); what the server says, where that does not pass by itself */
  async put(): Promise<Snapshot> {
    const taken = this.take()
    try {
      const files: KeptFile[] = []
      for (const path of taken) files.push({ path, parts: await this.parts(path) })
      const checkpoint = join(this.aside, CHECKPOINT)
      const step = isThere(checkpoint)
        ? withSafetensors(checkpoint, ({ metadata }) => Number(metadata.step))
        : 0
      this.last = files
      return { step, files }
    } finally {
      rmSync(this.aside, { recursive: true, force: true })
    }
  }

  /**
   * Removes what one snapshot had and the next has not, once the record names that one. A file that a later attempt may make
   * again, to the same bytes, stays: this worker may be late, and another one have made it by now.
   */
  async removeOld(before: readonly KeptFile[], now: readonly KeptFile[]): Promise<void> {
    const named = new Set(now.flatMap(({ parts }) => parts.map(({ sha256 }) => sha256)))
    for (const { path, parts } of before)
      for (const part of parts)
        if (isOfItsTime(path) && !named.has(part.sha256)) await removeFile(this.store, part, this.again)
  }

  /** Second names, made again where the run wrote a checkpoint meanwhile. */
  private take(): string[] {
    for (;;) {
      const before = checkpointStamp(this.folder)
      rmSync(this.aside, { recursive: true, force: true })
      makeFolder(join(this.aside, 'checkpoints'))
      // The checkpoint first: lines of metrics are at least as far then.
      const paths = pathsIn(this.folder).toSorted(
        (a, b) => Number(b === CHECKPOINT) - Number(a === CHECKPOINT),
      )
      const taken = paths.filter((path) => this.takeOne(path))
      if (checkpointStamp(this.folder) === before) return taken
    }
  }

  private takeOne(path: string): boolean {
    if (isAppended(path)) return true
    try {
      copyAtomically(join(this.folder, path), join(this.aside, path))
      return true
    } catch (error) {
      // A kept checkpoint goes when its time is over.
      if (isThere(join(this.folder, path))) throw error
      return false
    }
  }

  private async parts(path: string): Promise<StoredFile[]> {
    if (!isAppended(path)) return [await putFile(this.store, join(this.aside, path), this.again)]
    const parts = staying(this.last.find((each) => each.path === path)?.parts ?? [])
    const file = openRegularFile(join(this.folder, path))
    try {
      const size = sizeOf(file)
      for (let at = sum(parts); at < size || parts.length === 0; at = sum(parts)) {
        const piece = new Uint8Array(Math.min(PIECE, size - at))
        readFully(file, piece, at, path)
        parts.push(await putBytes(this.store, piece, this.again))
      }
      return parts
    } finally {
      closeSync(file)
    }
  }
}

const sum = (parts: readonly StoredFile[]): number => parts.reduce((all, { bytes }) => all + bytes, 0)
