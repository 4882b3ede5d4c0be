import { closeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openRegularFile } from '../../../src/base/regular-file.ts'
import { sealed } from '../../files/sealed.ts'
import { writeSafetensors } from '../../files/safetensors.ts'
import { getFile } from '../fetch-file.ts'
import { putFile, type StoredFile } from '../files.ts'
import { activityFor, layersStream, resultsSubject } from '../names.ts'
import { untilAnswered, type AgainOptions } from '../passing.ts'
import { filesOfGroup, valuesAfter } from './group-values.ts'
import { textOf } from './messages.ts'
import type { CheckpointFile } from '../../values/checkpoint-file.ts'
import type { Values } from '../../values/value-store.ts'
import type { LayersJob } from '../layers-job.ts'
import type { Server } from '../server.ts'
import type { Files } from '../stores.ts'
import type { Assembly } from './assembly.ts'
import type { Publisher } from './publisher.ts'

/** Where a group can be gone on from: steps done, its values then, and the first message with activity that it has not done with. */
export type Place = Pick<LayersJob, 'step' | 'from'> & { readonly values: StoredFile }

interface SavesOptions {
  readonly server: Server
  readonly store: Files
  readonly job: LayersJob
  /** Writes it into the record. @throws LeaseLost where the group is somebody else's by now */
  readonly write: (place: Place) => Promise<void>
  /** A folder of our own. */
  readonly scratch: string
  readonly publisher: Publisher
  readonly assembly: Assembly
  readonly again: AgainOptions
  readonly host: string
  /** Whether who asked for the training wants the values after a step. */
  readonly isWanted: (step: number) => boolean
}

/**
 * Where a group can be gone on from: its values on the server, and its record, which says so. In this order, so that whatever
 * ends us, somebody else can go on: what was made of earlier steps is kept, then the values are there, then the record says
 * where it goes on, then what nobody needs any more is removed.
 */
export class GroupSaves {
  private readonly options: SavesOptions
  /** Files of the group on the server, with the steps after which they are: at first what others have put there. */
  private kept: Map<string, number> | undefined

  constructor(options: SavesOptions) {
    this.options = options
  }

  /** @throws LeaseLost where the group is somebody else's by now */
  async save(step: number, values: Values): Promise<void> {
    const { write, publisher, assembly, host, isWanted } = this.options
    const { job, group } = this.options.job
    await publisher.idle()
    const file = await this.put(step, values)
    const from = assembly.firstFor(step)
    await write({ step, values: file, from })
    if (isWanted(step)) {
      const id = `${job}.saved.${group}.${step}`
      const data = textOf({ kind: 'saved', group, host, step, file })
      await publisher.send({ subject: resultsSubject(job), data, id })
    }
    await this.tidy(step, file, from)
    await publisher.idle()
  }

  private async put(step: number, values: Values): Promise<StoredFile> {
    const { store, scratch, again } = this.options
    const { group, bundle } = this.options.job
    const path = join(scratch, `values-${step}.safetensors`)
    const tensors = [...values]
    const metadata = {
      format: 'hebb-group',
      identity: bundle.identity,
      group: String(group),
      step: String(step),
    }
    try {
      writeSafetensors(path, tensors, sealed(tensors, metadata))
      return await putFile(valuesAfter(store, group, step), path, again)
    } finally {
      rmSync(path, { force: true })
    }
  }

  /** Activity that was learned from is not needed again, nor are values that nobody waits for. */
  private async tidy(step: number, { sha256 }: StoredFile, from: number): Promise<void> {
    const { server, store, again, isWanted } = this.options
    const { job, group } = this.options.job
    if (group > 0)
      await untilAnswered(
        () => server.manager.streams.purge(layersStream(job), { filter: activityFor(job, group), seq: from }),
        again,
      )
    this.kept ??= await filesOfGroup(server, { job, group }, again)
    this.kept.set(`${group}/${step}/${sha256}`, step)
    for (const [name, before] of this.kept) {
      if (before === step || isWanted(before)) continue
      this.kept.delete(name)
      await untilAnswered(async () => {
        if (await store.info(name)) await store.delete(name)
      }, again)
    }
  }
}

/** What a group goes on from, in a file of ours; undefined where it is what the seed starts. What a training begins with is there for all groups. Its file is open, and gone when it is closed. */
export async function openValues(
  store: Files,
  { group, step, values }: Pick<LayersJob, 'group' | 'step' | 'values'>,
  scratch: string,
  again: AgainOptions,
): Promise<{ readonly checkpoint: CheckpointFile; readonly close: () => void } | undefined> {
  if (!values) return undefined
  const path = join(scratch, 'start.safetensors')
  const own = valuesAfter(store, group, step)
  const there = await untilAnswered(() => own.info(values.sha256), again)
  await getFile(there ? own : store, values, path, again)
  const file = openRegularFile(path)
  const close = () => {
    closeSync(file)
    rmSync(path, { force: true })
  }
  return { checkpoint: { path, file }, close }
}
