import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeBundle } from '../../../src/bundle/write-bundle.ts'
import { compile } from '../../../src/index.ts'
import { openStep } from '../../ours/step.ts'
import { longest, summarise } from '../../profile-summary.ts'
import { caseFolder } from '../case-folder.ts'
import { cases, type CaseName } from '../cases.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

const [WARM_UP, STEPS, SHOWN] = [3, 10, 25]

/** Where the time of a step goes, node by node, with one step a run: so that no loop hides its nodes. */
export async function profile(name: CaseName, surroundings: Surroundings, tell: Tell): Promise<void> {
  const { provider, threads } = surroundings
  const folder = caseFolder(surroundings, name)
  const { program, told } = cases[name]()
  writeBundle(join(folder, 'single'), compile(program, { target: 'cuda', stepsPerRun: 1 }))
  const work = await openStep(folder, told, { provider, threads, profile: join(folder, 'profile') }, 'single')
  await work.run(WARM_UP)
  await work.run(STEPS)
  await work.release()
  const files = readdirSync(folder).filter((file) => file.startsWith('profile') && file.endsWith('.json'))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  const { runs, operators, nodes } = summarise(texts, WARM_UP, STEPS)
  await tell({
    kind: 'profile',
    case: name,
    inRuns: runs,
    operators: longest(operators, SHOWN),
    nodes: longest(nodes, SHOWN),
  })
}
