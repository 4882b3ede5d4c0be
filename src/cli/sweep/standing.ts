import { closeSync } from 'node:fs'
import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { openRegularFile, readUpTo, sizeOf } from '../../base/regular-file.ts'
import { readRecord } from '../../../runtime/files/run-record.ts'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { withSafetensors } from '../../../runtime/files/safetensors.ts'

/** How far a run is, of how many steps. */
interface Standing {
  readonly step: number
  readonly steps: number
}

/** Where a run that is about to be made begins: at its last checkpoint. Steps that it had logged after that are done again. */
export const begunAt = (folder: string): Standing => ({ ...standing(folder), step: checkpointed(folder) })

/** What is wrong with a checkpoint the run itself says, as it fails. */
function checkpointed(folder: string): number {
  const { checkpoint } = runFiles(folder)
  if (!isThere(checkpoint)) return 0
  try {
    const step = Number(withSafetensors(checkpoint, ({ metadata }) => metadata.step))
    return Number.isSafeInteger(step) ? step : 0
  } catch (error) {
    if (error instanceof UserError) return 0
    throw error
  }
}

/** Longer than any line of metrics. */
const TAIL = 64 * 1024

/** By what it has logged; 0 of 1 where that is not known yet. */
export function standing(folder: string): Standing {
  const { metrics, record } = runFiles(folder)
  if (!isThere(record)) return { step: 0, steps: 1 }
  const steps = readRecord(folder).totalSteps
  if (!isThere(metrics)) return { step: 0, steps }
  const file = openRegularFile(metrics)
  try {
    const size = sizeOf(file)
    const bytes = new Uint8Array(Math.min(TAIL, size))
    const read = readUpTo(file, bytes, size - bytes.length)
    // The last line may be half written.
    const found = [
      ...new TextDecoder().decode(bytes.subarray(0, read)).matchAll(/^\{"step":(\d+),.*\}$/gm),
    ].at(-1)
    return { step: found ? Number(found[1]) : 0, steps }
  } finally {
    closeSync(file)
  }
}
