import { compile, type CompileOptions, type Program } from '../../src/index.ts'
import { found } from '../../src/base/lists.ts'
import { joinFiles } from '../../src/bundle/file-names.ts'
import { manifestText } from '../../src/bundle/write-bundle.ts'
import { bundleInMemory, type LoadedBundle } from '../../src/bundle/load-bundle.ts'
import { checkDeclared, readUpdates } from '../../src/cut/locality.ts'
import { within } from '../../src/ir/context.ts'
import { trainingOf } from '../../src/sections/program.ts'
import { requestOf } from '../../src/sections/request.ts'
import { steppedSection, type SteppedSection } from '../../src/sections/steps.ts'
import { tracedProgram } from '../../src/sections/traced.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper, type GraphStore } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { initialValues } from '../../runtime/values/start.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

/** Compiles a program and loads it as the runtime does, but from memory: disks are slow. */
export function compiled(program: Program, options: CompileOptions = {}): LoadedBundle {
  const { manifest, files } = compile(program, options)
  return bundleInMemory(manifestText(manifest), files)
}

/** What a program is trained by. */
export interface Training {
  readonly bundle: GraphStore
  readonly train: Section
  /** How its convolutions are computed, and could be. */
  readonly choices: SteppedSection['choices']
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
  return (options = {}) => {
    const { fused = false, stepsPerRun } = options
    const request = requestOf(options)
    const part = inProgram(() => steppedSection(traced, training, { fused, stepsPerRun, request }))
    const { files, renamed } = joinFiles([part])
    return {
      bundle: {
        manifest: { program: { dtype: program.dtype } },
        graph: ({ file }) => found(files, file, file),
      },
      train: renamed(part, part.section),
      choices: part.choices,
    }
  }
}

export const trainingGraphs = (program: Program, options: CompileOptions = {}): Training =>
  tracedTraining(program)(options)

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
    const given = inputsByRole(train, counters(step, train.rate?.lr ?? 0))
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    await stepper.run([{ views, ...given, ...Object.fromEntries(draws) }])
  }
  const values = stepper.values()
  await stepper.release()
  return values
}
