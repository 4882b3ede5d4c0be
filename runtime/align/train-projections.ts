import { platform } from '#platform'
import { UserError } from '../../src/base/error.ts'
import { BatchInputs, type BatchOptions } from '../batches/batch-inputs.ts'
import { BestValues } from './best-values.ts'
import { learningRate } from '../batches/rate.ts'
import { Stepper } from '../train/stepper.ts'
import { checkedWithSession, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import type { Listener } from '../given/hearing.ts'
import type { Values } from '../values/value-store.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What `trainProjections` takes. */
export interface ProjectionOptions extends Omit<BatchOptions, 'bundle'> {
  /** What `compileAlignment` made, with a `projectionRate`. */
  readonly bundle: BatchOptions['bundle']
  /** The training step of `compileAlignment`. */
  readonly section: Section
  /** Parameters and states to start from; the encoder's stay as they are. */
  readonly values: Values
  /** How many; the rate falls to zero over them. */
  readonly steps: number
  /** Number of the first batch: training takes others than measuring does. */
  readonly first: number
  /** Ends after the step under way, without a result. */
  readonly signal?: AbortSignal | undefined
  /** Squared errors by layer, |l - g|². */
  readonly onStep?: Listener<number, [errors: Readonly<Record<string, number>>]> | undefined
}

const checks: Checks<ProjectionOptions> = {
  ...kind.session,
  bundle: kind.graphsOf<ProjectionOptions['bundle']>('what compileAlignment gives'),
  dataset: kind.images,
  section: kind.section,
  seed: kind.wholeIn(ranges.seed),
  values: kind.values,
  steps: kind.wholeIn(ranges.steps),
  first: kind.wholeIn(ranges.first),
  signal: kind.signal.optional(),
  onStep: kind.listener<ProjectionOptions['onStep']>('done, errors').optional(),
}

/**
 * Trains the projections below the top layer to make local updates those of backpropagation, the encoder frozen.
 * Gives the values with each layer's best projections in place, which need not be the last: the error jumps where
 * rows enter or leave a hinge, and no gradient sees that. Undefined where it was stopped.
 *
 * @throws UserError ('AlignmentError') where an error is no longer finite.
 */
export async function trainProjections(
  given: ProjectionOptions,
): Promise<Map<string, HostTensor> | undefined> {
  const options = checkedWithSession('trainProjections', checks, given)
  const { bundle, section, values, steps, first, signal, onStep } = options
  const inputs = await BatchInputs.create(options)
  const stepper = await Stepper.open(bundle, section, values, options)
  const outputs = section.graphs.flatMap((graph) => graph.outputs)
  const layerOf = new Map(outputs.map(({ name, layer = name }) => [name, layer]))
  const trained = outputs.flatMap(({ role, updates }) => (role === 'parameter' ? (updates ?? []) : []))
  const owner = new Map(section.parameters.map(({ name, layer }) => [name, layer]))
  const copy = (value: HostTensor) => ({ ...value, data: value.data.slice() })
  const valuesOf = (layer: string) =>
    new Map(
      trained.flatMap((name) =>
        owner.get(name) === layer ? [[name, copy(stepper.value(name))] as const] : [],
      ),
    )
  const layers = new Set(trained.flatMap((name) => owner.get(name) ?? []))
  const best = new BestValues([...layers], steps, valuesOf)
  try {
    for (let step = 0; step < steps; step++) {
      if (signal?.aborted === true) return undefined
      const rate = section.rate ? learningRate(section.rate, step, steps) : 0
      const [result] = await stepper.run([await inputs.at(section, first + step, { rate, step })])
      const errors = Object.fromEntries(
        Object.entries(result?.losses ?? {}).map(([name, error]) => [layerOf.get(name) ?? name, error]),
      )
      requireFinite(errors, step)
      best.add(errors)
      await onStep?.(step + 1, errors)
      await platform.threads.turn()
    }
    return new Map([...values, ...best.values()])
  } finally {
    await stepper.release()
    await inputs.release()
  }
}

function requireFinite(errors: Readonly<Record<string, number>>, step: number): void {
  const broken = Object.entries(errors).find(([, error]) => !Number.isFinite(error))
  if (broken)
    throw new UserError(
      'AlignmentError',
      `the error of the projections of '${broken[0]}' is ${broken[1]} at step ${step + 1}`,
      { help: 'Lower their learning rate: --projection-rate.' },
    )
}
