import { UserError } from '../src/error.ts'
import { batchesPerEpoch, batchIndices, gatherImages, gatherLabels } from './data/batches.ts'
import { drawTensor } from './draws.ts'
import { initialise } from './initialise.ts'
import { learningRate } from './rate.ts'
import { Stepper, type StepInputs, type Values } from './stepper.ts'
import { allocate, type HostTensor } from './tensor.ts'
import type { Dataset } from './data/dataset.ts'
import type { LoadedBundle } from './bundle.ts'
import type { SessionOptions } from './provider.ts'
import type { GraphInput, Manifest, Section } from '../src/onnx/manifest.ts'

export interface TrainerOptions extends SessionOptions {
  readonly bundle: LoadedBundle
  readonly dataset: Dataset
  readonly seed: number
  readonly totalSteps: number
  /** Start from these parameters and states instead of the seed's. */
  readonly values?: Values
}

/** Parameters as the seed starts them, and states as they say: at zero, or as a parameter starts. */
export function initialValues({ parameters, states }: Section, seed: number): Map<string, HostTensor> {
  const values = new Map<string, HostTensor>()
  for (const parameter of parameters) values.set(parameter.name, initialise(parameter, seed))
  for (const { name, layer, type, shape, start } of states) {
    const copied = start?.kind === 'copy' ? values.get(start.of) : undefined
    if (start?.kind === 'constant')
      values.set(name, initialise({ name, layer, type, shape, init: start }, seed))
    else values.set(name, copied ? { ...copied, data: copied.data.slice() } : allocate(type, shape))
  }
  return values
}

/** @throws UserError ('DataError') where a program was compiled for images of another kind. */
export function checkDataset(dataset: Dataset, { program: { name, input } }: Manifest): void {
  const wanted = [input.channels, input.height, input.width].join('×')
  const found = [dataset.channels, dataset.height, dataset.width].join('×')
  if (wanted !== found)
    throw new UserError(
      'DataError',
      `'${name}' is compiled for images of ${wanted}, ${dataset.name} has ${found}`,
      {
        help: 'Change input.channels and input.size of the program, or give another --data.',
      },
    )
  if (dataset.classes > input.classes)
    throw new UserError(
      'DataError',
      `'${name}' is compiled for ${input.classes} classes, ${dataset.name} has ${dataset.classes}`,
      {
        help: `Set input.classes to ${dataset.classes} in the program.`,
      },
    )
}

/** Steps of a program on a data set: bytes to views, views to new weights. Each depends on seed and number alone. */
export class Trainer {
  readonly stepper: Stepper
  private readonly augment: Stepper
  private readonly options: TrainerOptions
  private readonly manifest: Manifest

  private constructor(options: TrainerOptions, stepper: Stepper, augment: Stepper) {
    this.options = options
    this.stepper = stepper
    this.augment = augment
    this.manifest = options.bundle.manifest
  }

  static async create(options: TrainerOptions): Promise<Trainer> {
    const { bundle, dataset, seed, values } = options
    const { train, augment } = bundle.manifest
    checkDataset(dataset, bundle.manifest)
    const start = values ?? initialValues(train, seed)
    const stepper = await Stepper.create(bundle, train, start, options)
    return new Trainer(options, stepper, await Stepper.create(bundle, augment, new Map(), options))
  }

  get stepsPerEpoch(): number {
    return batchesPerEpoch(this.options.dataset.count, this.manifest.train.batch)
  }

  /** Milliseconds spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.stepper.runMilliseconds + this.augment.runMilliseconds
  }

  /** The learning rate of step number `step` (from 0). */
  rate(step: number): number {
    const { rate } = this.manifest.train
    return rate ? learningRate(rate, step, this.options.totalSteps) : 0
  }

  /**
   * Does step number `step` (from 0) and returns the loss of each layer.
   *
   * @throws UserError ('TrainingError') that names layer and step where a loss is not finite.
   */
  async step(step: number): Promise<Record<string, number>> {
    const { dataset, seed } = this.options
    const { train, augment } = this.manifest
    const indices = batchIndices(dataset.count, train.batch, seed, step)
    const { channels, height, width } = dataset
    const images: HostTensor = {
      type: 'uint8',
      shape: [train.batch, channels, height, width],
      data: gatherImages(dataset, indices),
    }
    const labels = labelTensor(gatherLabels(dataset, indices))
    const [augmented] = await this.augment.run([
      { images, ...inputsByRole(augment, { labels }), ...this.draws(augment, step) },
    ])
    const byRole = { labels, ...counters(step, this.rate(step)) }
    const given = { ...inputsByRole(train, byRole), ...augmented?.outputs, ...this.draws(train, step) }
    const [result] = await this.stepper.run([given])
    return this.byLayer(result?.losses ?? {}, step)
  }

  async release(): Promise<void> {
    await this.stepper.release()
    await this.augment.release()
  }

  private draws({ draws }: Section, step: number): StepInputs {
    return Object.fromEntries(draws.map((draw) => [draw.name, drawTensor(draw, this.options.seed, step)]))
  }

  private byLayer(losses: Readonly<Record<string, number>>, step: number): Record<string, number> {
    const outputs = this.manifest.train.graphs.flatMap(({ outputs }) => outputs)
    const named = outputs.flatMap(({ name, role, layer }) =>
      role === 'loss' ? [[layer ?? name, losses[name] ?? NaN] as const] : [],
    )
    // From the input to the top, whatever order the graphs run in.
    const order = this.manifest.program.layers.map(({ name }) => name)
    named.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    const broken = named.find(([, loss]) => !Number.isFinite(loss))
    if (broken)
      throw new UserError('TrainingError', `the loss of '${broken[0]}' is ${broken[1]} at step ${step + 1}`, {
        help: 'Lower the learning rate, or look for a division by zero or a log of zero in the rule.',
      })
    return Object.fromEntries(named)
  }
}

/** The inputs that a section's graphs read, by their own names, from what there is of each role. */
export const inputsByRole = (
  { graphs }: Section,
  byRole: Readonly<Partial<Record<GraphInput['role'], HostTensor>>>,
): StepInputs =>
  Object.fromEntries(
    graphs.flatMap(({ inputs }) =>
      inputs.flatMap(({ name, role }) => {
        const value = byRole[role]
        return value ? [[name, value]] : []
      }),
    ),
  )

/** Learning rate and number of a step (from 0); graphs count from 1. */
export const counters = (step: number, rate: number): Record<'rate' | 'step', HostTensor> => ({
  rate: { type: 'float64', shape: [], data: Float64Array.of(rate) },
  step: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step + 1)) },
})

export const labelTensor = (labels: Uint8Array): HostTensor => ({
  type: 'int64',
  shape: [labels.length],
  data: BigInt64Array.from(labels, BigInt),
})
