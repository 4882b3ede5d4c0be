import { UserError } from '../../src/base/error.ts'
import { lastStep } from '../files/metrics.ts'
import { forgetLater, keepCheckpoint } from '../files/kept.ts'
import { copyAtomically } from '../files/atomic.ts'
import { openKept, openRunCheckpoint } from '../files/run-checkpoint.ts'
import { recordedPlace } from '../files/recorded-data.ts'
import { openRun, removeAllPartials, runFiles, type RunFolder } from '../files/run-folder.ts'
import { lengthsOf, writeRecord, type RunRecord } from '../files/run-record.ts'
import { openTrainingData, warn, type DataOptions, type TrainingData } from './training-data.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import { factsOf } from './data-facts.ts'
import { isCandidate, stepsOf, type Plan, type PlanOptions, type Settings } from './run-plan.ts'
import { goingOn } from './parallel.ts'
import { requireSameDealing, requireSameTf32 } from './same-bits.ts'
import { devicesOf } from './devices.ts'
import { requireMetric } from './metric.ts'
import { divideImages, requireObservable } from './set-aside.ts'
import type { Heard } from '../given/hearing.ts'
import type { OpenCheckpoint } from '../files/checkpoint.ts'

/** A run that goes on: from where, for how long, and what it keeps of what it was. */

/**
 * The images that a run was started with, of the data set that is named, or else where they lay then.
 *
 * @throws UserError ('RunError') where there are others now, or others are asked for
 */
export async function imagesOfRun(
  { bundle, record }: RunFolder,
  options: Heard<Pick<PlanOptions, 'out' | 'data' | keyof DataOptions>>,
): Promise<TrainingData> {
  const { out, data } = options
  if (options.split !== undefined && options.split !== record.split)
    throw new UserError(
      'RunError',
      `${out} was started with the split ${record.split}, not ${options.split}`,
      {
        help: 'A resumed run keeps its split: leave the flag out, or start a new run.',
      },
    )
  const images =
    data === undefined
      ? await recordedData(record, options, bundle)
      : await openTrainingData(data, bundle, { ...options, split: record.split })
  const { record: found } = images
  if (found.images !== record.images)
    throw new UserError(
      'RunError',
      `${typeof data === 'object' ? data.path : (data ?? record.data)} no longer holds the images that ${out} was started with`,
      {
        help: 'Give the data set with those images as --data, or start a new run.',
      },
    )
  return images
}

/** Of a run whose folder is locked. @throws UserError ('RunError') where it was started otherwise */
export async function reopen(options: Heard<PlanOptions>): Promise<Plan> {
  const { out, seed, fromStep } = options
  const run = openRun(out)
  const { bundle, record } = run
  if (options.validation !== undefined && options.validation !== record.validation)
    throw new UserError(
      'RunError',
      `${out} was started with ${record.validation ?? 'no part'} of its images set aside, not ${options.validation}`,
      { help: 'A resumed run keeps its images: leave --validation out, or start a new run.' },
    )
  const { probeEvery = record.probeEvery, onNotice = warn } = options
  const { dataset: all, labelled } = await imagesOfRun(run, { ...options, probeEvery })
  if (seed !== undefined && seed !== record.seed)
    throw new UserError('RunError', `${out} was started with seed ${record.seed}, not ${seed}`, {
      help: 'A resumed run keeps its seed: leave the flag out, or start a new run.',
    })
  const images = { ...divideImages(all, record), labelled }
  requireObservable(bundle, images, { ...record, probeEvery }, onNotice)
  const { dataset, aside } = images
  removeAllPartials(out)
  const checkpoint = fromStep === undefined ? openRunCheckpoint(run) : openKept(run, fromStep)
  try {
    const settings = settingsOf(run, dataset, options, checkpoint)
    requireMetric(bundle.manifest, settings)
    const from = checkpoint?.step ?? 0
    const open = () => goOn(run, settings, from, checkpoint)
    return { bundle, dataset, aside, labelled, settings, data: factsOf(record), from, checkpoint, open }
  } catch (error) {
    checkpoint?.close()
    throw error
  }
}

/** @throws UserError as `openTrainingData`, which says that the path is the run's, not the user's */
async function recordedData(
  record: RunRecord,
  options: Heard<DataOptions>,
  bundle: Bundle,
): Promise<TrainingData> {
  const data = recordedPlace(record)
  try {
    return await openTrainingData(data, bundle, { ...options, split: record.split })
  } catch (error) {
    throw error instanceof UserError
      ? error.note('the run was started with that path; where its images lie elsewhere now: --data PATH')
      : error
  }
}

function settingsOf(
  { bundle, record }: RunFolder,
  dataset: Dataset,
  options: Heard<PlanOptions>,
  checkpoint: OpenCheckpoint | undefined,
): Settings {
  const { out, epochs, steps, onNotice = warn } = options
  const done = checkpoint?.step ?? 0
  const totalSteps =
    epochs === undefined && steps === undefined ? record.totalSteps : stepsOf(options, dataset, bundle)
  if (totalSteps < done)
    throw new UserError(
      'RunError',
      `${out} has done ${done} steps, and cannot be shortened to ${totalSteps}`,
      {
        help: `Give a length from ${done} steps on; or go on from a checkpoint before: --from-step, with one that --keep has kept.`,
      },
    )
  const { provider = record.provider, threads = record.threads } = options
  const { parallel = goingOn(record.parallel, options.workers) } = options
  requireSameDealing(record, { parallel }, out)
  const onDevices = devicesOf({ ...options, provider, parallel }, record)
  requireSameTf32(record, onDevices, out)
  const { checkpointEvery = record.checkpointEvery, keep = record.keep, keepBest = record.keepBest } = options
  const { probeEvery = record.probeEvery } = options
  const { tensorboard = record.tensorboard ?? true } = options
  if (provider !== record.provider || threads !== record.threads)
    onNotice(
      `${out} was trained on ${record.provider} with ${record.threads} ${record.threads === 1 ? 'thread' : 'threads'} an operation: on ${provider} with ${threads} last bits may differ`,
    )
  const { checkpoint: path, metrics } = runFiles(out)
  // Steps go on once a checkpoint is written: of later ones, there was one.
  if (done === 0 && lastStep(metrics) > record.checkpointEvery)
    onNotice(`${path} is gone: the run begins again at step 1, and will come to the same bits`)
  const { seed, validation } = record
  return {
    ...{ seed, totalSteps, provider, ...onDevices, threads, checkpointEvery },
    ...{ keep, keepBest, tensorboard, parallel, probeEvery, validation },
  }
}

/** Makes the folder that of a run that stands at this step: what came later is given up. */
function goOn(
  run: RunFolder,
  settings: Settings,
  from: number,
  checkpoint: OpenCheckpoint | undefined,
): RunFolder {
  const { folder } = run
  const files = runFiles(folder)
  const { path = files.checkpoint } = checkpoint?.file ?? {}
  // First what tells where the run stands: whatever ends us after it, the rest is made up for by the next resume.
  if (from > 0 && path !== files.checkpoint) copyAtomically(path, files.checkpoint)
  forgetLater(folder, from)
  if (from > 0 && isCandidate(settings, from)) keepCheckpoint(folder, settings, from)
  const record = goneOn(run.record, settings, from)
  if (JSON.stringify(record) !== JSON.stringify(run.record)) writeRecord(folder, record)
  return { ...run, record }
}

/** The record of a run that goes on from a step: its length, and those that it had. */
function goneOn(
  record: RunRecord,
  { totalSteps, keep, keepBest, tensorboard, probeEvery, devices, parallel }: Settings,
  from: number,
): RunRecord {
  const before = lengthsOf(record).filter((length) => length.from < from)
  const last = before.at(-1)
  const lengths = last?.steps === totalSteps ? before : [...before, { steps: totalSteps, from }]
  return {
    ...{ ...record, totalSteps, keep, keepBest, probeEvery, devices: devices ?? record.devices },
    tensorboard: tensorboard ? undefined : false,
    parallel,
    lengths: lengths.length > 1 ? [...lengths] : undefined,
  }
}
