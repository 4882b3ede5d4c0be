import { Stepper, type StepInputs } from '../train/stepper.ts'
import { checkedWithSession, checkedArgument } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import type { GraphStore } from '../train/stages.ts'
import type { Values } from '../values/value-store.ts'
import type { SessionOptions } from '../session/options.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Gradients of one parameter, of its shape: by the program's own credit, and backpropagated from the top. */
export interface ParameterGradients {
  /** By the program's own credit. */
  readonly local: HostTensor
  /** Backpropagated from the top. */
  readonly global: HostTensor
}

/** What `compileGradients` makes. */
export interface CompiledGradients extends GraphStore {
  readonly manifest: GraphStore['manifest'] & { readonly gradients: Section }
}

const compiledGradients = kind.bundleWith<CompiledGradients>('gradients', 'what compileGradients gives')

/** Evaluates the gradients of a program's encoder, and those of backpropagation, at given values and inputs. */
export class GradientEvaluator {
  private readonly stepper: Stepper
  private readonly section: Section

  private constructor(stepper: Stepper, section: Section) {
    this.stepper = stepper
    this.section = section
  }

  /**
   * Prepares the graph; release it at the end.
   *
   * @param values every parameter by name, those of rules too: `initialValues(compiled.manifest.gradients, seed)`
   * @throws UserError as `Stepper.create`
   */
  static async create(
    compiled: CompiledGradients,
    values: Values,
    options: SessionOptions = {},
  ): Promise<GradientEvaluator> {
    const what = 'GradientEvaluator.create'
    const { gradients } = checkedArgument(what, 'compiled', compiledGradients, compiled).manifest
    const session = checkedWithSession(what, kind.session, options)
    return new GradientEvaluator(await Stepper.open(compiled, gradients, values, session), gradients)
  }

  /** Goes on with other values of these parameters; those that are not named stay. */
  assign(values: Values): void {
    this.stepper.assign(values)
  }

  /**
   * By the names of the encoder's parameters, from the input to the top.
   *
   * @param given `views` [views × batch, channels, height, width], draws such as `negatives`, and `labels`, by
   *   name, as far as the program reads them
   */
  async at(given: StepInputs): Promise<Map<string, ParameterGradients>> {
    const [result] = await this.stepper.run([given])
    const found = new Map<string, Partial<ParameterGradients>>()
    for (const { name, of } of this.section.graphs.flatMap((graph) => graph.outputs))
      if (of) found.set(of.parameter, { ...found.get(of.parameter), [of.side]: result?.outputs[name] })
    return new Map([...found].map(([parameter, sides]) => [parameter, both(parameter, sides)]))
  }

  /** Frees its session. */
  release(): Promise<void> {
    return this.stepper.release()
  }
}

function both(parameter: string, { local, global }: Partial<ParameterGradients>): ParameterGradients {
  if (!local || !global) throw new Error(`a gradient of ${parameter} is missing`)
  return { local, global }
}
