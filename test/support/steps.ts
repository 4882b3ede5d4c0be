import { found } from '../../src/base/lists.ts'
import { checkDeclared, readUpdates } from '../../src/cut/locality.ts'
import { within } from '../../src/ir/context.ts'
import { emitSection } from '../../src/sections/emit-section.ts'
import { trainingOf } from '../../src/sections/program.ts'
import { requestOf } from '../../src/sections/request.ts'
import { lowerTraining, type LoweredTraining } from '../../src/sections/steps.ts'
import { tracedProgram } from '../../src/sections/traced.ts'
import type { CompileOptions, Program } from '../../src/index.ts'
import type { Graphs } from '../../src/bundle/bundle.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import { stepNumbers } from '../../runtime/batches/step-numbers.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { initialValues } from '../../runtime/values/start.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** What a program is trained by. */
export interface Training {
  readonly bundle: Graphs<{ readonly program: Pick<Manifest['program'], 'dtype'> }>
  /** That of shards, where the options ask for them. */
  readonly train: Section
  /** How its convolutions are computed, and could be. */
  readonly choices: LoweredTraining['choices']
}

/**
 * Traces a program once, for its training graphs in several ways. These alone are made: graphs of images and probes are
 * as many again, and say nothing of the rule.
 */
export function tracedTraining(program: Program): (options?: CompileOptions) => Training {
  const inProgram = <Result>(work: () => Result) => within({ origin: undefined, blame: program.origin }, work)
  const training = trainingOf(program)
  const traced = inProgram(() => tracedProgram(program, training))
  checkDeclared(readUpdates(traced, program.batch), program.learn)
  return ({ fused, stepsPerRun, shards, recompute, ...asked } = {}) => {
    const layers = fused === undefined && shards === undefined ? false : fused
    const options = { request: requestOf(asked), fused: layers, stepsPerRun, shards, recompute }
    const lowered = inProgram(() => lowerTraining(traced, training, options))
    const { section, files } = emitSection(lowered.sharded ?? lowered)
    return {
      bundle: {
        manifest: { program: { dtype: program.dtype } },
        graph: ({ file }) => found(files, file, file),
      },
      train: section,
      choices: lowered.choices,
    }
  }
}

const traced = new WeakMap<Program, ReturnType<typeof tracedTraining>>()

/** The same, for who has the program alone: it is traced at the first call. */
export function trainingGraphs(program: Program, options: CompileOptions = {}): Training {
  const inWays = traced.get(program) ?? tracedTraining(program)
  traced.set(program, inWays)
  return inWays(options)
}

/** Parameters and states after some steps on the same rows, at the program's constant rate. */
export async function runSteps(
  program: Program,
  steps: number,
  rows: readonly number[],
): Promise<Map<string, HostTensor>> {
  const { bundle, train } = trainingGraphs(program)
  const stepper = await Stepper.create(bundle, train, initialValues(train, 0), { threads: 1 })
  const inputs = train.graphs.flatMap((graph) => graph.inputs)
  const { type, shape } = inputs.find(({ role }) => role === 'views') ?? {
    type: 'float64' as const,
    shape: [],
  }
  const views = { type, shape, data: type === 'float64' ? Float64Array.from(rows) : Float32Array.from(rows) }
  for (let step = 0; step < steps; step++) {
    const { rate, average } = stepNumbers(train, step, steps)
    const given = inputsByRole(train, counters(step, rate, average))
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    await stepper.run([{ views, ...given, ...Object.fromEntries(draws) }])
  }
  const values = stepper.values()
  await stepper.release()
  return values
}
