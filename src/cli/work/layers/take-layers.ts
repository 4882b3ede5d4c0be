import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { furthered, over } from '../../../../runtime/hosts/job.ts'
import { layersJobSchema, type LayersJob } from '../../../../runtime/hosts/layers-job.ts'
import { LeaseLost, Records } from '../../../../runtime/hosts/records.ts'
import { makeFolder } from '../../../base/make-folder.ts'
import { failureOf, passOn, startChild, type ChildEnd } from '../../sweep/child.ts'
import { endDone, endFailed, endFault, endGivenBack, tellBegun, wasStopped } from '../end-task.ts'
import { machineFault } from '../fault.ts'
import { takeTask } from '../take-task.ts'
import { hearPlaces } from './places.ts'
import { hearUnanswered } from './unanswered.ts'
import type { Lease } from '../../../../runtime/hosts/lease.ts'
import type { Taken } from '../../../../runtime/hosts/work.ts'
import type { Ready } from '../ready.ts'
import type { Outcome, Slot, Worker } from '../worker.ts'

/** A group of layers, trained by a process of its own until the training is over. */
export const takeLayers = (worker: Worker, slot: Slot, key: string, taken: Taken): Promise<Outcome> =>
  takeTask(worker, layersJobSchema, { key, taken }, (lease, ready) => makeLayers(worker, slot, lease, ready))

/** Beside the thread of its graphs: what prepares batches. */
const WORKERS = 2

async function makeLayers(
  worker: Worker,
  slot: Slot,
  lease: Lease<LayersJob>,
  ready: Ready,
): Promise<Outcome> {
  const folder = join(worker.folder, `layers-${randomBytes(6).toString('hex')}`)
  makeFolder(folder)
  tellBegun(lease)
  const log = join(folder, 'log')
  const child = startChild(wordsOf(worker, slot, { key: lease.key, folder, ...ready }), {
    log,
    workers: WORKERS,
    command: 'group',
  })
  hearPlaces(child.process, (place) => lease.write((known) => ({ ...known, ...place, ...furthered })))
  hearUnanswered(child.process, worker.again.onFailure)
  const leave = passOn(child, worker.stop, lease.signal)
  try {
    return await endLayers(worker, lease, await child.ended)
  } finally {
    leave()
    child.kill('SIGKILL')
    await child.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

function wordsOf(
  { reach: { url, creds }, provider }: Worker,
  { device }: Slot,
  { key, folder, bundle, data }: Ready & { readonly key: string; readonly folder: string },
): string[] {
  return [
    ...[key, '--on', url, '--bundle', bundle.folder, '--scratch', folder, '--provider', provider],
    ...(creds === undefined ? [] : ['--creds', creds]),
    ...(data === undefined ? [] : ['--data', data]),
    ...(device === undefined ? [] : ['--device', String(device)]),
  ]
}

/** What becomes of a group whose process has ended. @throws LeaseLost */
async function endLayers(worker: Worker, lease: Lease<LayersJob>, end: ChildEnd): Promise<Outcome> {
  const failure = failureOf(end)
  if (failure === undefined || lease.signal.aborted) {
    // It ends by itself where the training is over, or the group is somebody else's; either may be noticed here first.
    if (worker.over.aborted) lease.signal.throwIfAborted()
    if (await new Records(worker.records, layersJobSchema, worker.again).get(lease.key))
      throw new LeaseLost(lease.key)
    const { step, totalSteps } = lease.value
    return endDone(lease, step < totalSteps ? 'over: who asked for the training has ended it' : 'done')
  }
  if (wasStopped(worker, end)) {
    await lease.write((known) => ({ ...known, ...over('waiting') }))
    return endGivenBack(lease)
  }
  const why = machineFault(end)
  return why === undefined ? endFailed(lease, failure) : endFault(worker, lease, why)
}
