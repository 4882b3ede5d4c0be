import { measureAlignment, type Alignment } from '../../runtime/align/measure.ts'
import { trainProjections } from '../../runtime/align/train-projections.ts'
import { findData } from '../../runtime/data/open.ts'
import { openRun } from '../../runtime/files/run-folder.ts'
import { UserError } from '../base/error.ts'
import { countShown } from './shown.ts'
import { prepareProgram, type PreparedProgram } from './align-program.ts'
import type { LoadFlags } from './settings.ts'
import { placeOf, type SessionOptions } from '../../runtime/session/options.ts'
import type { Values } from '../../runtime/values/value-store.ts'

/** Where nothing else is said. */
export const alignDefaults = { batches: 10, seed: 0, projectionRate: 1e-3 }

export interface AlignFlags extends SessionOptions, LoadFlags {
  readonly data: string
  /** Runs: none, one for all programs, or one for each in their order. */
  readonly checkpoint: readonly string[]
  /** Whether the averages of their weights stand in for them. */
  readonly average: boolean
  readonly batches: number
  readonly seed: number
  /** Steps of the training of projections, and its learning rate. */
  readonly trainProjections?: number | undefined
  readonly projectionRate: number
}

export interface MeasuredProgram extends Omit<PreparedProgram, 'values' | 'dataset'> {
  readonly alignment: Alignment
  /** With trained projections, where they were asked for and the program has any below the top. */
  readonly trained: (Alignment & { readonly secondsPerStep: number }) | undefined
}

/**
 * Looks at all programs, data and checkpoints before any is measured: a mistake in the last is told before minutes
 * of work.
 *
 * @throws UserError for mistakes in them, and where there are no projections to train.
 */
export async function preparePrograms(
  paths: readonly string[],
  flags: AlignFlags,
): Promise<readonly PreparedProgram[]> {
  const { seed, trainProjections, timeout, set, average } = flags
  const projectionRate = trainProjections === undefined ? undefined : flags.projectionRate
  const data = await findData(flags.data)
  const runs = flags.checkpoint.map(openRun)
  const programs: PreparedProgram[] = []
  for (const [index, path] of paths.entries()) {
    const run = runs.length === 1 ? runs[0] : runs[index]
    programs.push(await prepareProgram({ path, run, data, seed, projectionRate, timeout, set, average }))
  }
  if (projectionRate !== undefined && !programs.some(({ compiled }) => compiled.manifest.projections))
    throw new UserError('AlignmentError', 'there are no projections to train', {
      help: 'Give a program whose rule has parameters below the top layer, or leave --train-projections out.',
    })
  return programs
}

/** Measures programs one after the other; undefined where it was stopped. */
export async function measurePrograms(
  programs: readonly PreparedProgram[],
  flags: AlignFlags,
  signal: AbortSignal,
): Promise<MeasuredProgram[] | undefined> {
  const measured: MeasuredProgram[] = []
  for (const program of programs) {
    const done = await measureProgram(program, { ...flags, signal })
    if (!done) return undefined
    measured.push(done)
  }
  return measured
}

type MeasureOptions = AlignFlags & { readonly signal: AbortSignal }

/** Measures a program, and again with trained projections. */
async function measureProgram(
  { values, ...prepared }: PreparedProgram,
  options: MeasureOptions,
): Promise<MeasuredProgram | undefined> {
  const { compiled, dataset } = prepared
  const { seed, batches, signal, trainProjections: steps } = options
  const measured = { dataset, seed, signal, ...placeOf(options) }
  const { name } = compiled.manifest.program
  const measure = (at: Values, what: string) =>
    counted(`${name}${what}`, batches, (onBatch) =>
      measureAlignment({ ...measured, batches, bundle: compiled, values: at, onBatch }),
    )
  const alignment = await measure(values, '')
  if (!alignment) return undefined
  const { projections } = compiled.manifest
  if (!projections || steps === undefined) return { ...prepared, alignment, trained: undefined }
  const began = performance.now()
  const moved = await counted(`${name}, training projections`, steps, (onStep) =>
    trainProjections({
      ...measured,
      ...{ bundle: compiled, section: projections, values, steps, onStep },
      first: batches,
    }),
  )
  const secondsPerStep = (performance.now() - began) / 1000 / steps
  const trained = moved && (await measure(moved, ', with trained projections'))
  return trained && { ...prepared, alignment, trained: { ...trained, secondsPerStep } }
}

/** Shows how far a loop has got while it runs. */
async function counted<Result>(
  what: string,
  total: number,
  loop: (onDone: (done: number) => void) => Promise<Result>,
): Promise<Result> {
  const view = countShown(what, total)
  try {
    return await loop(view.update)
  } finally {
    view.stop()
  }
}
