import { UserError } from '../src/error.ts'
import { BatchInputs } from './batch-inputs.ts'
import { batchesPerEpoch } from './data/batches.ts'
import { initialise } from './initialise.ts'
import { learningRate } from './rate.ts'
import { Stepper, type Values } from './stepper.ts'
import { allocate, type HostTensor } from './tensor.ts'
import type { Dataset } from './data/dataset.ts'
import type { LoadedBundle } from './bundle.ts'
import type { SessionOptions } from './provider.ts'
import type { Manifest, Section } from '../src/onnx/manifest.ts'

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

/** Steps of a program on a data set: bytes to views, views to new weights. Each depends on seed and number alone. */
export class Trainer {
  readonly stepper: Stepper
  private readonly batches: BatchInputs
  private readonly options: TrainerOptions
  private readonly manifest: Manifest

  private constructor(options: TrainerOptions, stepper: Stepper, batches: BatchInputs) {
    this.options = options
    this.stepper = stepper
    this.batches = batches
    this.manifest = options.bundle.manifest
  }

  static async create(options: TrainerOptions): Promise<Trainer> {
    const { bundle, seed, values } = options
    const { train } = bundle.manifest
    const batches = await BatchInputs.create(options)
    const start = values ?? initialValues(train, seed)
    return new Trainer(options, await Stepper.create(bundle, train, start, options), batches)
  }

  get stepsPerEpoch(): number {
    return batchesPerEpoch(this.options.dataset.count, this.manifest.train.batch)
  }

  /** Milliseconds spent inside onnxruntime so far. */
  get runMilliseconds(): number {
    return this.stepper.runMilliseconds + this.batches.runMilliseconds
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
    const given = await this.batches.at(this.manifest.train, step, { rate: this.rate(step) })
    const [result] = await this.stepper.run([given])
    return this.byLayer(result?.losses ?? {}, step)
  }

  async release(): Promise<void> {
    await this.stepper.release()
    await this.batches.release()
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
