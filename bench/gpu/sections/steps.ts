import { loadBundle } from '../../../src/bundle/load-bundle.ts'
import { join } from 'node:path'
import { openStep } from '../../ours/step.ts'
import { caseFolder, MIXED_BUNDLE } from '../case-folder.ts'
import { cases, COMPARED, stepsPerRun, type CaseName } from '../cases.ts'
import { timed } from '../timing.ts'
import type { DeviceSetting, Tell } from '../figures.ts'
import type { Surroundings } from '../job.ts'

/**
 * Our steps of a case on the device. A session is made only where every node is the provider's, as training makes it; the
 * first run searches for the algorithms of its convolutions.
 */
export async function steps(
  name: CaseName,
  setting: DeviceSetting,
  surroundings: Surroundings,
  tell: Tell,
): Promise<void> {
  const { provider, threads, turn } = surroundings
  const folder = caseFolder(surroundings, name)
  const { told } = cases[name]()
  const bundle = setting === 'mixed' ? MIXED_BUNDLE : 'bundle'
  const { graphs } = loadBundle(join(folder, bundle)).manifest.train
  const began = performance.now()
  const tf32 = setting === 'tf32' && provider === 'cuda' ? { tf32: true } : {}
  const work = await openStep(folder, told, { provider, threads, ...tf32 }, bundle)
  await tell({
    kind: 'session',
    case: name,
    setting,
    graphs: graphs.length,
    nodes: graphs.reduce((sum, { cost }) => sum + cost.nodes, 0),
    seconds: (performance.now() - began) / 1000,
  })
  const by = { side: 'hebb' } as const
  await tell({ kind: 'losses', case: name, setting, by, losses: await work.run(COMPARED) })
  for (const most of stepsPerRun) {
    const milliseconds = await timed(() => work.run(most, most), most, turn)
    await tell({ kind: 'step', case: name, setting, by, stepsPerRun: most, milliseconds })
  }
  await work.release()
}
