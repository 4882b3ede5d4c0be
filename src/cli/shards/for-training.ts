import { openSplit } from '../../../runtime/data/open.ts'
import { DEFAULT_EPOCHS } from '../../../runtime/train/run-plan.ts'
import { isMeasured, LEAST_STEPS } from '../../../runtime/train/choose.ts'
import { isSharded } from '../../../runtime/train/parallel.ts'
import { availableCores } from '../../base/cores.ts'
import { UserError } from '../../base/error.ts'
import { adviseShards, numberOfShards } from '../../bundle/lowerings.ts'
import { preparingVisibly } from '../preparing.ts'
import type { DataSource } from '../../../runtime/data/format.ts'
import type { TrainOptions } from '../../../runtime/train/options.ts'
import type { Program } from '../../lang/program.ts'

/** What a program says of how its batches may be dealt. */
export type Dealable = Pick<Program, 'input' | 'batch'>

/** How many shards a program is compiled for; undefined: for none. */
export type ShardsOf = (program: Dealable) => Promise<number | undefined>

/** How a training is asked for, as far as it matters to that. */
export type ShardsAsked = Pick<
  TrainOptions,
  'provider' | 'devices' | 'threads' | 'workers' | 'parallel' | 'steps' | 'epochs' | 'split'
> & { readonly shards?: number | undefined }

/** What a step of more shards hands over costs more than it saves, unless somebody asks for them. */
const MOST = 16
const [LEAST] = numberOfShards

/** The largest divisor of a batch that is at most so much. */
export function largestDivisor(batch: number, most: number): number {
  for (let divisor = Math.min(batch, most); divisor > 1; divisor--) if (batch % divisor === 0) return divisor
  return 1
}

/**
 * As many shards as somebody asks for; where shards are asked for and no number, or a run on a CPU of several cores is long
 * enough that ways to use them are measured, as many as there are cores, or devices, and divide the batch.
 *
 * @param source the images of a new run
 * @throws UserError ('ShardError') where shards are asked for without a number, and no such number divides the batch
 */
export const shardsForTraining =
  (asked: ShardsAsked, source: () => Promise<DataSource>): ShardsOf =>
  async (program) => {
    const { shards, parallel, provider = 'cpu', devices } = asked
    if (shards !== undefined) return shards
    const most = Math.min(MOST, provider === 'cuda' ? (devices?.length ?? 1) : availableCores())
    const number = largestDivisor(program.batch, Math.max(LEAST, most))
    if (isSharded({ parallel })) return number > 1 ? number : refuse(program.batch, Math.max(LEAST, most))
    const mayBeChosen = isMeasured(asked) && most > 1 && number > 1
    return mayBeChosen && (await isLong(program, asked, source)) ? number : undefined
  }

function refuse(batch: number, most: number): never {
  throw new UserError(
    'ShardError',
    `a batch of ${batch} is not dealt evenly to any number of shards up to ${most}`,
    { help: adviseShards(batch) },
  )
}

async function isLong(
  { input, batch }: Dealable,
  { steps, epochs = DEFAULT_EPOCHS, split }: ShardsAsked,
  source: () => Promise<DataSource>,
): Promise<boolean> {
  if (steps !== undefined) return steps >= LEAST_STEPS
  const data = await source()
  // Which part a program learns from is known once it is compiled; what has no labels is much.
  if (split === undefined && data.splits.includes('unlabelled')) return true
  const wanted = [input.channels, input.height, input.width] as const
  const { count } = await openSplit(data, split ?? 'train', { wanted, ...preparingVisibly() })
  return epochs * Math.floor(count / batch) >= LEAST_STEPS
}
