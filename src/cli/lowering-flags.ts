import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { didYouMean } from '../base/near-names.ts'
import { algorithms, numberOfShards, targets, type Algorithm } from '../bundle/lowerings.ts'
import { wholeNumber } from './flags.ts'
import { isSharded, workersOf, type Division } from '../../runtime/train/parallel.ts'
import type { Command } from 'commander'
import type { CompileOptions } from '../compile.ts'

/** Flags that say how graphs are to be computed, of every command that compiles. */

const units = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const
const MEMORY = 'must be a number of bytes from 1 to 2^53, such as 800M or 4G'
const size = z
  .string()
  .regex(/^\d+(\.\d+)?[KMG]?$/, MEMORY)
  .transform((text) => {
    const unit = text.replace(/[\d.]/g, '') as keyof typeof units
    return Math.floor(parseFloat(text) * units[unit])
  })
  .refine((bytes) => bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER, MEMORY)

/** Of compiling and of training a program that is compiled on the fly. */
const STEPS = "must be a whole number from 1, or 'auto'"
export const stepsFlag = {
  stepsPerRun: z
    .string()
    .regex(/^(auto|[1-9]\d{0,8})$/, STEPS)
    .transform((text) => (text === 'auto' ? text : Number(text)))
    .optional(),
}
export const addStepsFlag = (command: Command): Command =>
  command.option(
    '--steps-per-run <number>',
    "steps in one run of the training graphs, or 'auto' (default: 1; for cuda auto)",
  )

export const shardsFlag = { shards: wholeNumber(...numberOfShards).optional() }
export const addShardsFlag = (command: Command, more = ''): Command =>
  command.option(
    '--shards <number>',
    `deal the images of each batch to so many shards, which threads or devices do side by side${more}`,
  )

export const loweringFlags = {
  target: z.enum(targets, `must be ${targets.join(', ')}`).optional(),
  memory: size.optional(),
  lowering: z.string().optional(),
  ...stepsFlag,
  ...shardsFlag,
  recompute: z.boolean().optional(),
}

export interface LoweringFlags {
  readonly target?: CompileOptions['target'] | undefined
  readonly memory?: number | undefined
  readonly lowering?: string | undefined
  readonly stepsPerRun?: CompileOptions['stepsPerRun'] | undefined
  readonly shards?: number | undefined
  readonly recompute?: boolean | undefined
}

/** `conv4=winograd4,conv5.weightGradient=columns`. */
function readAlgorithms(text: string): Record<string, Algorithm> {
  const pairs = text.split(',').map((pair): [string, Algorithm] => {
    const [name = '', algorithm = '', ...rest] = pair.split('=')
    if (name === '' || algorithm === '' || rest.length > 0)
      throw new UserError('LoweringError', `'${pair}' is not name=algorithm`, {
        help: 'write --lowering conv4=winograd4,conv5=columns',
      })
    const known = algorithms.find((each) => each === algorithm)
    if (!known)
      throw new UserError('LoweringError', `there is no algorithm '${algorithm}'`, {
        help: didYouMean(algorithm, algorithms),
      })
    return [name, known]
  })
  const [twice] = pairs.flatMap(([name], i) => (pairs.findIndex(([other]) => other === name) < i ? name : []))
  if (twice !== undefined)
    throw new UserError('LoweringError', `'${twice}' is given two algorithms`, {
      help: 'Leave one of them out.',
    })
  return Object.fromEntries(pairs)
}

export const loweringOptions = ({
  target,
  memory,
  lowering,
  stepsPerRun,
  shards,
  recompute,
}: LoweringFlags): CompileOptions => ({
  target: target ?? 'cpu',
  ...(memory === undefined ? {} : { memory }),
  lowering: lowering === undefined ? {} : readAlgorithms(lowering),
  ...(stepsPerRun === undefined ? {} : { stepsPerRun }),
  ...(shards === undefined ? {} : { shards }),
  ...(recompute === undefined ? {} : { recompute }),
})

/**
 * How a program is compiled that is trained at once: for the provider, in a graph for each layer where workers divide them, and
 * for little memory where shards are done one after the other.
 */
export const loweringForTraining = ({
  provider,
  ...division
}: Division & Pick<LoweringFlags, 'shards'> & { readonly provider?: string | undefined }): Pick<
  CompileOptions,
  'target' | 'fused' | 'recompute'
> => ({
  ...(provider === 'cuda' ? { target: 'cuda' } : {}),
  ...(dividesLayers(division) ? { fused: false } : {}),
  ...(division.parallel === 'none' ? { recompute: true } : {}),
})

/** Whether layers are divided among workers: among more than there are shards. */
const dividesLayers = ({ shards = Infinity, ...division }: Division & Pick<LoweringFlags, 'shards'>) =>
  (workersOf(division) ?? 1) > (isSharded(division) ? shards : 1)
