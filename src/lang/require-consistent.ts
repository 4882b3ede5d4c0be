import { UserError, type Origin } from '../base/error.ts'
import { oversize } from '../ir/budget.ts'
import { sourcesOf } from './wiring.ts'
import type { DType } from '../base/dtype.ts'
import type { Images } from './image-input.ts'
import type { Layer } from './layer.ts'
import type { Precision } from './precision.ts'
import type { Sides } from './sides.ts'

/** What of a program has to go together. */
interface Parts {
  readonly encoder: readonly Layer[]
  readonly readout: readonly Sides[] | undefined
  readonly views: readonly string[]
  readonly batch: number
  readonly input: Images
  readonly dtype: DType
  readonly precision: Precision
  readonly origin: Origin | undefined
}

/** @throws UserError ('ProgramError') where parts that are right by themselves do not go together. */
export function requireConsistent({
  encoder,
  readout,
  views,
  batch,
  input,
  dtype,
  precision,
  origin,
}: Parts): void {
  const check = (holds: boolean, problem: string, help: string, where = origin) => {
    if (!holds) throw new UserError('ProgramError', problem, { origin: where, help })
  }
  const twice = encoder.find((layer, i) => encoder.findIndex(({ name }) => name === layer.name) !== i)
  check(
    twice === undefined,
    `two layers are called '${twice?.name ?? ''}'`,
    'rename one of them',
    twice?.origin,
  )
  sourcesOf(encoder)
  if (readout)
    check(
      readout.length === encoder.length,
      `readout has ${readout.length} pool sizes for ${encoder.length} layers`,
      'give one per layer',
    )
  const { channels, height, width, pad, mean, std } = input
  check(
    mean.length === channels && std.length === channels,
    `mean and std must have ${channels} numbers`,
    'one per channel',
  )
  check(
    precision === 'full' || dtype === 'float32',
    `precision: 'mixed' is of products in float16 beside float32, and dtype is ${dtype}`,
    'leave one of them out',
  )
  const tooLarge = oversize({
    dtype,
    shape: [views.length * batch, channels, height + 2 * pad, width + 2 * pad],
  })
  check(
    tooLarge === undefined,
    `the views of a batch: ${tooLarge?.problem ?? ''}`,
    'make batch, input.size or input.channels smaller',
  )
  check(
    new Set(views).size === views.length && !views.includes('rows'),
    'views need distinct names',
    "'rows' is taken",
  )
}
