import { UserError, type Origin } from '../error.ts'
import { oversize } from '../ir/budget.ts'
import { currentOrigin } from '../ir/context.ts'
import { requireKnown } from './choose.ts'
import { requireLabel } from './names.ts'
import type { DType } from '../ir/dtype.ts'
import type { Credit } from './credit.ts'
import type { Layer } from './layers.ts'
import type { Optimizer } from './optimizers.ts'
import type { Transform } from './augment/transform.ts'

export interface ImageInput {
  readonly channels: number
  /** Height and width in pixels. */
  readonly size: number | readonly [number, number]
  /** Black pixels added on every side before anything else; default none. */
  readonly pad?: number
  /** Number of classes, for probes and supervised rules. */
  readonly classes?: number
  /** Per channel, of pixels in 0..1; images are normalised with them after augmentation. */
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
}

export interface ProgramOptions<View extends string> {
  readonly name?: string
  readonly input: ImageInput
  /** Names of the augmented views of each image that are shown at once; default a and b. */
  readonly views?: readonly View[]
  /** How a view is made of an image; default: as it is. */
  readonly augment?: readonly Transform[]
  /** Images per step; each is shown once per view. */
  readonly batch: number
  readonly encoder: readonly Layer[]
  readonly learn: Credit<NoInfer<View>>
  readonly optimizer: Optimizer
  /** Pool sizes per layer for the spatial readout of the probes; without it only global averages are read. */
  readonly readout?: readonly number[]
  readonly dtype?: Extract<DType, 'float32' | 'float64'>
}

export interface Program {
  readonly name: string
  readonly input: Required<Omit<ImageInput, 'size'>> & { readonly height: number; readonly width: number }
  readonly views: readonly string[]
  readonly augment: readonly Transform[]
  readonly batch: number
  readonly encoder: readonly Layer[]
  readonly learn: Credit
  readonly optimizer: Optimizer
  readonly readout: readonly number[] | undefined
  readonly dtype: 'float32' | 'float64'
  readonly origin: Origin | undefined
}

const programOptions = [
  'name',
  'input',
  'views',
  'augment',
  'batch',
  'encoder',
  'learn',
  'optimizer',
  'readout',
  'dtype',
]
const inputOptions = ['channels', 'size', 'pad', 'classes', 'mean', 'std']

/** What a program file exports as its default: an encoder, what it sees and how it learns. */
export function program<const View extends string = 'a' | 'b'>(options: ProgramOptions<View>): Program {
  const origin = currentOrigin()
  requireKnown('program', options, programOptions)
  requireKnown('input', options.input, inputOptions)
  const { input, encoder, batch, readout } = options
  const [height, width] = typeof input.size === 'number' ? [input.size, input.size] : input.size
  const { channels, classes = 10, pad = 0 } = input
  const check = (holds: boolean, problem: string, help: string) => {
    if (!holds) throw new UserError('ProgramError', problem, { origin, help })
  }
  const whole = (value: number) => Number.isInteger(value) && value > 0
  check(
    [channels, height, width, classes].every(whole),
    'channels, size and classes must be positive integers',
    'see input',
  )
  check(pad === 0 || whole(pad), `pad is ${pad}`, 'give the number of pixels, 0 or more')
  check(whole(batch), `batch is ${batch}`, 'give the number of images per step, 1 or more')
  const views: readonly string[] = options.views ?? ['a', 'b']
  views.forEach((view) => requireLabel('a view', view))
  const rows = [views.length * batch, channels, height + 2 * pad, width + 2 * pad]
  const tooLarge = oversize({ dtype: options.dtype ?? 'float32', shape: rows })
  check(
    tooLarge === undefined,
    `the views of a batch: ${tooLarge?.problem ?? ''}`,
    'make batch, input.size or input.channels smaller',
  )
  const { mean = Array<number>(channels).fill(0), std = Array<number>(channels).fill(1) } = input
  check(encoder.length > 0, 'the encoder has no layers', "add one: layer('conv1', conv(32), relu())")
  check(
    mean.length === channels && std.length === channels,
    `mean and std must have ${channels} numbers`,
    'one per channel',
  )
  check(
    std.every((value) => value > 0),
    'std must be positive',
    'check input.std',
  )
  const names = encoder.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  check(twice === undefined, `two layers are called '${twice ?? ''}'`, 'rename one of them')
  check(
    readout === undefined || readout.length === encoder.length,
    `readout has ${readout?.length ?? 0} pool sizes for ${encoder.length} layers`,
    'give one per layer',
  )
  check(
    views.length > 0 && new Set(views).size === views.length && !views.includes('rows'),
    'views need distinct names',
    "'rows' is taken",
  )

  return {
    name: requireLabel('a program', options.name ?? options.learn.rule.name),
    input: { channels, height, width, pad, classes, mean, std },
    views,
    augment: options.augment ?? [],
    batch,
    encoder,
    learn: options.learn,
    optimizer: options.optimizer,
    readout,
    dtype: options.dtype ?? 'float32',
    origin,
  }
}
