import { checked, optionError, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import { parallels, workersOf } from './parallel.ts'
import { requireCudaFor } from '../session/options.ts'
import type { TrainOptions } from './options.ts'

const { wholeIn } = kind

/** What each option may be. */
const checks: Checks<TrainOptions> = {
  bundle: kind.anyBundle.optional(),
  data: kind.anyData.optional(),
  out: kind.path,
  epochs: kind.epochs.optional(),
  steps: wholeIn(ranges.steps).optional(),
  seed: wholeIn(ranges.seed).optional(),
  checkpointEvery: wholeIn(ranges.checkpointEvery).optional(),
  init: kind.path.optional(),
  initLayers: kind.list(kind.textOf('the name of a layer'), 'names of layers', 1).optional(),
  keep: wholeIn(ranges.keep).optional(),
  keepBest: kind.textOf("a metric, such as 'loss' or 'probe.linear'").optional(),
  tensorboard: kind.flag.optional(),
  fromStep: wholeIn(ranges.fromStep).optional(),
  validation: kind.share.optional(),
  command: kind.list(kind.word, 'words').optional(),
  parallel: kind.oneOf(...parallels).optional(),
  workers: wholeIn(ranges.workers).optional(),
  devices: kind.devices.optional(),
  ...kind.session,
  split: kind.oneOf(...kind.splits).optional(),
  probeEvery: kind.positive.optional(),
  resume: kind.flag.optional(),
  prepareAhead: wholeIn(ranges.prepareAhead).optional(),
  hosts: kind.hosts.optional(),
  stepsPerRun: kind.stepsPerRun.optional(),
  prometheus: kind.prometheus.optional(),
  onPreparing: kind.listener<TrainOptions['onPreparing']>('preparing').optional(),
  onData: kind.listener<TrainOptions['onData']>('description').optional(),
  onNotice: kind.listener<TrainOptions['onNotice']>('notice').optional(),
  onChoice: kind.listener<TrainOptions['onChoice']>('choice').optional(),
  onConnection: kind.listener<TrainOptions['onConnection']>('connection').optional(),
  onMetrics: kind.listener<TrainOptions['onMetrics']>('line').optional(),
  onProgress: kind.listener<TrainOptions['onProgress']>('progress').optional(),
  onCheckpoint: kind.listener<TrainOptions['onCheckpoint']>('saved').optional(),
  onProbe: kind.listener<TrainOptions['onProbe']>('found').optional(),
  signal: kind.signal.optional(),
}

/**
 * Options of a training, as they should be, each and together.
 *
 * @param what is given them: a function, as messages name it
 * @throws UserError ('OptionError') that says what is wrong, and what to do
 */
export function checkTrainOptions(what: string, given: TrainOptions): TrainOptions {
  const options = checked(what, checks, given)
  const fail = (problem: string, help: string) => optionError(`${what}: ${problem}`, help)
  const { resume = false, epochs, steps, init, initLayers, fromStep } = options
  if (epochs !== undefined && steps !== undefined)
    throw fail('epochs and steps are both given', 'give one of them: each is the length of the run')
  if (initLayers !== undefined && init === undefined)
    throw fail('initLayers is given without init', 'give the weights, too: init; or leave it out')
  if (resume && init !== undefined)
    throw fail(
      'init is given to a run that goes on',
      'leave it out: the run has the weights that it started with',
    )
  if (!resume && fromStep !== undefined)
    throw fail(
      'fromStep is given to a new run',
      'go on with one that is there: resume: true; or leave it out',
    )
  const { device, devices, parallel, hosts } = options
  if (
    hosts !== undefined &&
    (parallel !== undefined || options.workers !== undefined || devices !== undefined)
  )
    throw fail(
      'hosts are given with parallel, workers or devices',
      'leave these out: hosts train groups of layers, each on what its worker has',
    )
  if ((parallel === 'threads' || parallel === 'none') && (options.workers ?? 1) > 1)
    throw fail(
      `workers is ${options.workers}, and parallel '${parallel}'`,
      "leave one of them out: several workers run 'shards' or a 'pipeline'",
    )
  const workers = workersOf(options) ?? Infinity
  if (device !== undefined && devices !== undefined)
    throw fail('device and devices are both given', 'give one of them: devices are for several workers')
  if (devices !== undefined && devices.length > workers)
    throw fail(
      `devices are ${devices.length}, and workers ${workers}`,
      `give workers: ${devices.length}, or fewer devices: each worker is on one`,
    )
  // Of one that goes on, the provider is known where it is read.
  if (!resume) requireCudaFor(options)
  for (const name of ['bundle', 'data'] as const)
    if (!resume && options[name] === undefined)
      throw fail(`${name} is missing`, 'a new run needs bundle and data; to go on with one: resume: true')
  return options
}
