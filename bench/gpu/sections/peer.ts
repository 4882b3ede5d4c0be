import { Contestant } from '../../contestant.ts'
import { caseFolder } from '../case-folder.ts'
import { COMPARED, type CaseName } from '../cases.ts'
import { timed } from '../timing.ts'
import type { PeerSettings } from '../../protocol.ts'
import type { DeviceSetting, Side, Tell } from '../figures.ts'
import type { Surroundings } from '../job.ts'

interface Way {
  readonly setting: DeviceSetting
  readonly variant: string
  readonly settings: PeerSettings
}

const eager: readonly Way[] = [
  { setting: 'float32', variant: '', settings: {} },
  { setting: 'tf32', variant: '', settings: { tf32: true } },
  { setting: 'tf32', variant: 'channels-last', settings: { tf32: true, channelsLast: true } },
  { setting: 'float32', variant: 'channels-last', settings: { channelsLast: true } },
]
const compiled: readonly Way[] = [
  { setting: 'float32', variant: 'compiled', settings: { compile: true } },
  {
    setting: 'tf32',
    variant: 'compiled, channels-last',
    settings: { tf32: true, channelsLast: true, compile: true },
  },
]

/** The fastest of torch.optim.AdamW on a GPU: all parameters in one kernel. */
const OPTIMIZER = 'fused'
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
    for (const { setting, variant, settings } of compile ? compiled : eager) {
      await pyTorch.open(caseFolder(surroundings, name), settings)
      const by: Side = { side: 'pytorch', variant }
      const { values: losses } = await pyTorch.run(OPTIMIZER, COMPARED)
      await tell({ kind: 'losses', case: name, setting, by, losses })
      const milliseconds = await timed(() => pyTorch.run(OPTIMIZER, STEPS), STEPS, turn)
      await tell({ kind: 'step', case: name, setting, by, milliseconds })
    }
  } finally {
    await pyTorch.close()
  }
}
