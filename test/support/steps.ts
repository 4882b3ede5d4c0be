import { compile, type CompileOptions, type Program } from '../../src/index.ts'
import { found } from '../../src/base/lists.ts'
import { joinFiles } from '../../src/bundle/file-names.ts'
import { manifestText } from '../../src/bundle/write-bundle.ts'
import { bundleInMemory, type LoadedBundle } from '../../src/bundle/load-bundle.ts'
import { checkDeclared, readUpdates } from '../../src/cut/locality.ts'
import { within } from '../../src/ir/context.ts'
import { defaultRequest } from '../../src/passes/request.ts'
import { trainingOf } from '../../src/sections/program.ts'
import { steppedSection } from '../../src/sections/steps.ts'
import { tracedProgram } from '../../src/sections/traced.ts'
import { drawTensor } from '../../runtime/batches/draws.ts'
import { Stepper, type GraphStore } from '../../runtime/train/stepper.ts'
import { counters, inputsByRole } from '../../runtime/batches/batch-inputs.ts'
import { initialValues } from '../../runtime/values/start.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'
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
}

/** Compiles the training graphs alone: those of images and probes are as many again, and say nothing of the rule. */
export function trainingGraphs(program: Program, { fused = false, stepsPerRun = 1 } = {}): Training {
  const blame = { origin: undefined, blame: program.origin }
  return within(blame, () => {
    const training = trainingOf(program)
    const traced = tracedProgram(program, training)
    checkDeclared(readUpdates(traced, program.batch), program.learn)
    const part = steppedSection(traced, training, { fused, stepsPerRun, request: defaultRequest })
    const { files, renamed } = joinFiles([part])
    const graph = ({ file }: Graph) => found(files, file, file)
    return {
      bundle: { manifest: { program: { dtype: program.dtype } }, graph },
      train: renamed(part, part.section),
    }
  })
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
    const given = inputsByRole(train, counters(step, train.rate?.lr ?? 0))
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, 0, step)] as const)
    await stepper.run([{ views, ...given, ...Object.fromEntries(draws) }])
  }
  const values = stepper.values()
  await stepper.release()
  return values
}
