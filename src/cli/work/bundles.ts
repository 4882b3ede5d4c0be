import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../base/error.ts'
import { loadBundle } from '../../bundle/load-bundle.ts'
import { fileBucket } from '../../../runtime/hosts/names.ts'
import { getBundle } from '../../../runtime/hosts/restore.ts'
import type { AgainOptions } from '../../../runtime/hosts/passing.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Server } from '../../../runtime/hosts/server.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** A bundle in a folder. */
export interface PlacedBundle {
  readonly folder: string
  readonly bundle: Bundle
}

/** More than run at once. */
const MOST = 128

/** Bundles of runs, each fetched and checked once: those of many seeds are one. */
export class Bundles {
  private readonly server: Server
  private readonly folder: string
  private readonly again: AgainOptions
  private readonly known = new Map<string, Promise<PlacedBundle>>()

  constructor(server: Server, folder: string, again: AgainOptions) {
    this.server = server
    this.folder = folder
    this.again = again
  }

  /** @throws UserError ('BundleError') where it is none, or not that of the record; ('ServerError', 'FileError') */
  async get({ job, bundle }: Pick<RunJob, 'job' | 'bundle'>): Promise<PlacedBundle> {
    const key = createHash('sha256').update(JSON.stringify(bundle)).digest('hex')
    const placed = this.known.get(key) ?? this.fetch(job, bundle, join(this.folder, key.slice(0, 16)))
    // The last that was used is the last to go.
    this.known.delete(key)
    this.known.set(key, placed)
    try {
      return await placed
    } catch (error) {
      this.known.delete(key)
      throw error
    } finally {
      await this.forgetOld()
    }
  }

  private async fetch(job: string, wanted: RunJob['bundle'], folder: string): Promise<PlacedBundle> {
    rmSync(folder, { recursive: true, force: true })
    await getBundle(await this.server.files(fileBucket(job)), wanted, folder, this.again)
    const bundle = loadBundle(folder)
    if (bundle.identity === wanted.identity) return { folder, bundle }
    throw new UserError(
      'BundleError',
      'the bundle on the server is not that of the run: its identity differs',
      {
        help: 'Publish the sweep again; if it is refused again, look at who may write on that server.',
      },
    )
  }

  private async forgetOld(): Promise<void> {
    const [oldest] = this.known
    if (this.known.size <= MOST || !oldest) return
    this.known.delete(oldest[0])
    const { folder } = await oldest[1]
    rmSync(folder, { recursive: true, force: true })
  }
}
