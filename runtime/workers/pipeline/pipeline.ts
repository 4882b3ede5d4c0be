import { availableCores } from '../../../src/base/cores.ts'
import { BatchSource } from '../../batches/batch-source.ts'
import { placeOf } from '../../session/options.ts'
import { sessionOn } from '../parts/session-on.ts'
import { InParts } from '../parts/in-parts.ts'
import { startParts, type Parts } from '../parts/parts.ts'
import { divide, requireDivisible } from './groups.ts'
import { graphsIn } from './section-parts.ts'
import { timeGraphs } from './time-graphs.ts'
import type { TrainerOptions } from '../../train/trainer.ts'

/**
 * Trains layer by layer in several threads: a layer works on one batch while the layer above works on the batch
 * before. Every graph is run on the same numbers in the same order as in one thread, so the results are the same
 * bits.
 */
export class Pipeline extends InParts {
  /** Which graphs each worker runs. */
  readonly groups: readonly (readonly string[])[]

  private constructor(
    options: TrainerOptions,
    source: BatchSource,
    parts: Parts,
    groups: readonly (readonly string[])[],
  ) {
    super(options, { source, parts, atOnce: groups.length })
    this.groups = groups
  }

  /**
   * @param devices GPUs that the parts are dealt to in turn; default: all are on that of the options
   * @throws UserError ('PipelineError') where the program's layers cannot work on different batches.
   */
  static async create(
    options: TrainerOptions,
    workers: number,
    devices: readonly number[] = [],
  ): Promise<Pipeline> {
    const { bundle, seed, checkpoint, threads } = options
    const { train } = bundle.manifest
    requireDivisible(train, workers)
    const session = {
      ...placeOf(options),
      threads: threads ?? Math.max(1, Math.floor(availableCores() / workers)),
    }
    const start = { seed, checkpoint }
    const source = await BatchSource.create({ ...options, ...session })
    try {
      const times = await timeGraphs(bundle, train, start, session, await source.prepare(0))
      const sections = divide(train, times, workers)
      const groups = sections.map(graphsIn)
      const parts = sections.map((section, i) => ({
        who: `the worker of ${graphsIn(section).join(', ')}`,
        section,
        session: sessionOn(session, devices, i),
        next: i + 1 < workers ? i + 1 : undefined,
      }))
      return new Pipeline(options, source, await startParts(bundle, { parts, start }), groups)
    } catch (error) {
      await source.release()
      throw error
    }
  }
}
