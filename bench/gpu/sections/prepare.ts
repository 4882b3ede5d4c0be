import { openStep } from '../../ours/step.ts'
import { caseFolder } from '../case-folder.ts'
import { cases, COMPARED, type CaseName } from '../cases.ts'
import { bundles, prepareCase } from '../prepare-case.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

/** Compiles a case for CUDA and for the CPU, draws what both are given, and finds the losses on the CPU. */
export async function prepare(name: CaseName, surroundings: Surroundings, tell: Tell): Promise<void> {
  const described = cases[name]()
  const folder = caseFolder(surroundings, name)
  await prepareCase(folder, described)
  const { threads } = surroundings
  const work = await openStep(folder, described.told, { threads }, bundles.cpu)
  const losses = await work.run(COMPARED)
  await tell({ kind: 'losses', case: name, setting: 'cpu', by: { side: 'hebb' }, losses })
  await work.release()
}
