import { findData } from '../../../runtime/data/open.ts'
import { divideImages } from '../../../runtime/train/set-aside.ts'
import { stepsOf } from '../../../runtime/train/run-plan.ts'
import { openTrainingData } from '../../../runtime/train/training-data.ts'
import { UserError } from '../../base/error.ts'
import { isProgramPath } from '../load-program.ts'
import { preparingVisibly } from '../preparing.ts'
import { bundleOfRun } from '../run/bundle-of-run.ts'
import { requireProbes } from '../run/probes-possible.ts'
import { requireExpected } from '../run/same-run.ts'
import { identityOf, type RecordedRun, type SweepRecord } from './record.ts'
import type { RunJob } from '../../../runtime/hosts/run-job.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import type { SweepPlan } from './plan.ts'
import type { Request } from './request.ts'

/** Of a run, before it is made: the program, compiled, and which images it is trained on. */
export interface Prepared {
  readonly bundle: Bundle
  readonly data: RunJob['data']
  readonly steps: number
}

/** Makes each program that runs are of once for all of its seeds. */
export class Preparing {
  private readonly flags: Request['flags']
  private readonly made = new Map<string, Prepared>()

  constructor(flags: Request['flags']) {
    this.flags = flags
  }

  /**
   * @throws UserError for what is wrong with the program, its options, or the images; ('SweepError') where it is not the program
   *   any more that the sweep was begun with
   */
  async of(run: RecordedRun, sweep: SweepRecord): Promise<Prepared> {
    const key = JSON.stringify([run.program, run.options])
    const prepared = this.made.get(key) ?? (await this.make(run))
    this.made.set(key, prepared)
    const identity = identityOf(sweep, run)
    if (identity !== undefined) requireExpected(prepared.bundle, identity, run.program)
    return prepared
  }

  private async make({ program, options, seed }: RecordedRun): Promise<Prepared> {
    const { flags } = this
    const source = await findData(flags.data)
    if (flags.align && !isProgramPath(program))
      throw new UserError('SweepError', `--align is of programs, and ${program} is a bundle`, {
        help: 'Give the program.ts that it was compiled from.',
      })
    const set = isProgramPath(program) ? options : undefined
    const bundle = await bundleOfRun(program, { ...flags, set }, source, true)
    const { split, probeEvery, validation, labels } = flags
    const images = await openTrainingData(source, bundle, { split, probeEvery, ...preparing() })
    await requireProbes(bundle, source, labels)
    const { dataset } = divideImages(images.dataset, {
      seed,
      ...(validation === undefined ? {} : { validation }),
    })
    return {
      bundle,
      data: { name: dataset.name, split: images.record.split, images: images.record.images },
      steps: stepsOf(flags, dataset, bundle),
    }
  }
}

/**
 * Whether the runs that a sweep is extended by can be made at all: before anything is written of them.
 *
 * @throws UserError as `Preparing.of`
 */
export async function requirePossible({ record, added }: SweepPlan, preparing: Preparing): Promise<void> {
  for (const run of added) await preparing.of(run, record)
}

function preparing() {
  const { onProgress: onPreparing, onNotice } = preparingVisibly()
  return { onPreparing, onNotice }
}
