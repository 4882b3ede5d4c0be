import { at } from '../../../src/base/lists.ts'
import type { SessionOptions } from '../../session/options.ts'

/** The sessions of a worker, by its number, on one of the GPUs that workers are dealt to in turn; where there are none, as they are. */
export const sessionOn = (
  session: SessionOptions,
  devices: readonly number[],
  worker: number,
): SessionOptions =>
  devices.length === 0 ? session : { ...session, device: at(devices, worker % devices.length) }
