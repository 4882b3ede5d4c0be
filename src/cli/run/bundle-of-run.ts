import { bundleToTrain } from '../bundle-from.ts'
import { classesOfData, type ClassesOf } from '../classes.ts'
import { loweringForTraining } from '../lowering-flags.ts'
import { shardsForTraining, type ShardsAsked } from '../shards/for-training.ts'
import type { DataSource } from '../../../runtime/data/format.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import type { Flags } from './flags.ts'

/** What of the flags of a run says how its program is compiled. */
export type CompiledBy = ShardsAsked & Pick<Flags, 'stepsPerRun' | 'timeout' | 'set'>

/**
 * A program as a run trains it, or the bundle that was named in its place.
 *
 * @param isNew whether the run is: one that goes on has its shards already
 */
export function bundleOfRun(
  program: string,
  { stepsPerRun, timeout, set, ...asked }: CompiledBy,
  source: DataSource,
  isNew: boolean,
): Promise<Bundle> {
  const classesOf: ClassesOf = (input) => classesOfData(source)(input)
  return bundleToTrain(program, {
    ...loweringForTraining(asked),
    ...{ stepsPerRun, timeout, set, classesOf },
    ...(isNew ? { shardsOf: shardsForTraining(asked, () => Promise.resolve(source)) } : {}),
  })
}
