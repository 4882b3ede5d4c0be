import { join } from 'node:path'
import { writeBundle } from '../../../src/bundle/write-bundle.ts'
import { compile } from '../../../src/index.ts'
import { openStep } from '../../ours/step.ts'
import { prepareStep } from '../../prepare.ts'
import { caseFolder, CPU_BUNDLE, MIXED_BUNDLE } from '../case-folder.ts'
import { cases, COMPARED, MOST_STEPS, type CaseName } from '../cases.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

/** Compiles a case for CUDA and for the CPU, draws what both are given, and finds the losses on the CPU. */
export async function prepare(name: CaseName, surroundings: Surroundings, tell: Tell): Promise<void> {
  const described = cases[name]()
  const folder = caseFolder(surroundings, name)
  await prepareStep(folder, described, { target: 'cuda', stepsPerRun: MOST_STEPS })
  writeBundle(join(folder, CPU_BUNDLE), compile(described.program))
  const mixed = { ...described.program, precision: 'mixed' } as const
  writeBundle(join(folder, MIXED_BUNDLE), compile(mixed, { target: 'cuda', stepsPerRun: MOST_STEPS }))
  const { threads } = surroundings
  const work = await openStep(folder, described.told, { threads }, CPU_BUNDLE)
  const losses = await work.run(COMPARED)
  await tell({ kind: 'losses', case: name, setting: 'cpu', by: { side: 'hebb' }, losses })
  await work.release()
}
