import { Contestant } from '../../contestant.ts'
import { caseFolder } from '../case-folder.ts'
import { COMPARED, type CaseName } from '../cases.ts'
import { timed } from '../timing.ts'
import type { DeviceSetting, Side, Tell } from '../figures.ts'
import type { Surroundings } from '../job.ts'

interface Way {
  readonly setting: DeviceSetting
  /** As bench/peers/kinds/ways.py names it. */
  readonly told: string
}

/** All with the fastest of torch.optim.AdamW on a GPU: all parameters in one kernel. */
const eager: readonly Way[] = [
  { setting: 'float32', told: 'fused' },
  { setting: 'tf32', told: 'fused' },
  { setting: 'tf32', told: 'channels-last' },
  { setting: 'float32', told: 'channels-last' },
]
const compiled: readonly Way[] = [
  { setting: 'float32', told: 'compiled' },
  { setting: 'tf32', told: 'compiled, channels-last' },
]

/** Steps of a turn; a GPU is asked once, after the last. */
const STEPS = 8

/** The steps of a case by PyTorch on the same device. */
export async function peer(
  name: CaseName,
  compile: boolean,
  surroundings: Surroundings,
  tell: Tell,
): Promise<void> {
  const { provider: device, python, threads, turn } = surroundings
  // Its threads sleep while they wait: on a GPU they have nothing to do, and without one this is a trial.
  const pyTorch = Contestant.pyTorch({ threads, python, ompWait: 'passive', device })
  try {
    for (const { setting, told } of compile ? compiled : eager) {
      const { variants } = await pyTorch.open(caseFolder(surroundings, name), { tf32: setting === 'tf32' })
      if (!variants.includes(told)) continue
      const by: Side = { side: 'pytorch', variant: told === 'fused' ? '' : told }
      const { values: losses } = await pyTorch.run(told, COMPARED)
      await tell({ kind: 'losses', case: name, setting, by, losses })
      const milliseconds = await timed(() => pyTorch.run(told, STEPS), STEPS, turn)
      await tell({ kind: 'step', case: name, setting, by, milliseconds })
    }
  } finally {
    await pyTorch.close()
  }
}
