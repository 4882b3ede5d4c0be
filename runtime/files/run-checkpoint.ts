import { UserError } from '../../src/base/error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import {
  openCheckpoint,
  readAll,
  type OpenCheckpoint,
  type Standing,
  type StoredCheckpoint,
} from './checkpoint.ts'
import { bestCheckpoint, keptCheckpoints } from './kept.ts'
import { runFiles, type RunFolder } from './run-files.ts'
import { lengthsOf } from './run-record.ts'

/** The checkpoints of a run: the last, those that are kept by number, the best, and what it started with. */

/** Which of them: the last, the best by the run's metric, or that of a step. */
export type Which = 'last' | 'best' | number

/** @throws UserError ('RunError') where a checkpoint is of another run than the one whose folder it lies in. */
function requireSameRun(
  { folder, record }: RunFolder,
  path: string,
  { seed, step, totalSteps }: Standing,
): void {
  const lengths = lengthsOf(record).map(({ steps }) => steps)
  // What a run starts with is the same for all lengths, and it may be given another one before its first checkpoint.
  if (seed === record.seed && (step === 0 || lengths.includes(totalSteps))) return
  const tell = (of: Pick<Standing, 'seed' | 'totalSteps'>) => `seed ${of.seed}, ${of.totalSteps} steps`
  throw new UserError(
    'RunError',
    `${path} is of another run (${tell({ seed, totalSteps })}) than ${folder} (${tell(record)})`,
    { help: 'Put the checkpoint of this run there, or start a new run in another folder.' },
  )
}

function openOf(run: RunFolder, path: string): OpenCheckpoint {
  const checkpoint = openCheckpoint(path, run.bundle)
  try {
    requireSameRun(run, path, checkpoint)
    return checkpoint
  } catch (error) {
    checkpoint.close()
    throw error
  }
}

/**
 * Opens the last checkpoint of a run, or what it was given to start with; undefined where it has neither.
 *
 * @throws UserError as `openCheckpoint`; ('RunError') where the checkpoint is of another run
 */
export function openRunCheckpoint(run: RunFolder): OpenCheckpoint | undefined {
  const { checkpoint, start } = runFiles(run.folder)
  if (isThere(checkpoint)) return openOf(run, checkpoint)
  return run.record.init === undefined ? undefined : openOf(run, start)
}

/**
 * Opens the checkpoint of a step that the run has kept.
 *
 * @throws UserError ('RunError') that lists those that it has
 */
export function openKept(run: RunFolder, step: number): OpenCheckpoint {
  const { folder } = run
  const { checkpoint } = runFiles(folder)
  const best = bestCheckpoint(folder)
  const kept = [...keptCheckpoints(folder), ...(best ? [best] : [])]
  const found = kept.find((each) => each.step === step)
  if (found) return openOf(run, found.path)
  const last = isThere(checkpoint) ? openOf(run, checkpoint) : undefined
  if (last?.step === step) return last
  last?.close()
  const steps = [...new Set([...kept.map((each) => each.step), ...(last ? [last.step] : [])])]
  throw new UserError('RunError', `${folder} has no checkpoint of step ${step}`, {
    help: `It has kept ${steps.length === 0 ? 'none' : `steps ${steps.sort((a, b) => a - b).join(', ')}`}; hebb train --keep N keeps the last N.`,
  })
}

/**
 * A checkpoint of a run, by default the last.
 *
 * @throws UserError ('RunError') where the run has not got as far, or has not kept it, or it is of another run.
 */
export function loadRunCheckpoint(run: RunFolder, which: Which = 'last'): StoredCheckpoint {
  const checkpoint = chosen(run, which)
  const read = readAll(checkpoint, run.bundle)
  if (run.record.init === undefined) return read
  // What no training graph reads is as the run was given it.
  const { parameters, states } = run.bundle.manifest.train
  const trained = new Set([...parameters, ...states].map(({ name }) => name))
  const given = [...startOfRun(run).values].filter(([name]) => !trained.has(name))
  return { ...read, values: new Map([...read.values, ...given]) }
}

function chosen(run: RunFolder, which: Which): OpenCheckpoint {
  const { folder } = run
  if (typeof which === 'number') return openKept(run, which)
  const { best, checkpoint } = runFiles(folder)
  if (which === 'best') {
    if (isThere(best)) return openOf(run, best)
    throw new UserError('RunError', `${folder} has kept no best checkpoint`, {
      help: 'hebb train --keep-best loss keeps the one with the smallest loss.',
    })
  }
  if (isThere(checkpoint)) return openOf(run, checkpoint)
  throw new UserError('RunError', `${folder} has no checkpoint yet`, {
    help: `Train it first: hebb train --resume --out ${folder}`,
  })
}

/** All values that a run was given weights for started with. */
export const startOfRun = (run: RunFolder): StoredCheckpoint =>
  readAll(openOf(run, runFiles(run.folder).start), run.bundle)
