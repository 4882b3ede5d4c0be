import { findData } from '../../../../runtime/data/open.ts'
import { ownPath } from '../../../../runtime/data/own-dataset.ts'
import { divideImages } from '../../../../runtime/train/set-aside.ts'
import { stepsOf } from '../../../../runtime/train/run-plan.ts'
import { openTrainingData } from '../../../../runtime/train/training-data.ts'
import { UserError } from '../../../base/error.ts'
import { isProgramPath } from '../../load-program.ts'
import { preparingVisibly } from '../../preparing.ts'
import { bundleOfRun } from '../../run/bundle-of-run.ts'
import { requireProbes } from '../../run/probes-possible.ts'
import { requireExpected } from '../../run/same-run.ts'
import { identityOf, type RecordedRun, type SweepRecord } from '../record.ts'
import type { DataSource } from '../../../../runtime/data/format.ts'
import type { RunJob } from '../../../../runtime/hosts/run-job.ts'
import type { Bundle } from '../../../bundle/bundle.ts'
import type { Request } from '../request.ts'

/** What workers need of a run that they cannot make themselves: the program, compiled, and which images it is trained on. */
export interface Prepared {
  readonly bundle: Bundle
  readonly data: RunJob['data']
  readonly steps: number
}

/**
 * The images of a sweep that others make.
 *
 * @throws UserError ('SweepError') for those of a module, as `findData`
 */
export async function imagesToShare(data: string): Promise<DataSource> {
  if (ownPath(data) !== undefined)
    throw new UserError('SweepError', `${data} is a module, and workers run no code of others`, {
      help: 'Write its images to files, of which each worker has a copy: docs/data.md has the formats.',
    })
  return findData(data)
}

/** Makes each program that runs are of once for all of its seeds. */
export class Preparing {
  private readonly source: DataSource
  private readonly flags: Request['flags']
  private readonly made = new Map<string, Prepared>()

  constructor(source: DataSource, flags: Request['flags']) {
    this.source = source
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
    const { flags, source } = this
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

function preparing() {
  const { onProgress: onPreparing, onNotice } = preparingVisibly()
  return { onPreparing, onNotice }
}
