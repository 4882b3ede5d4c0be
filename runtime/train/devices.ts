import { placeOf, requireCudaFor, type CudaOptions, type Place } from '../session/options.ts'
import { workersOf, type Division } from './parallel.ts'
import type { RunRecord } from '../files/run-record.ts'

/** On which GPUs a run is, and how it computes there. */
export type RunDevices = Pick<RunRecord, 'devices' | 'tf32'>

/**
 * The GPUs of a run, by number, and whether TF32 is allowed there; nothing of either on the CPU.
 *
 * @param before what the run had, if it goes on; where nothing else is said, it keeps that
 * @throws UserError ('OptionError') where something is asked for that the CPU has not
 */
export function devicesOf(asked: CudaOptions & Division, before: RunDevices = {}): RunDevices {
  requireCudaFor(asked)
  if (asked.provider !== 'cuda') return {}
  const { device, tf32 = before.tf32 ?? false } = asked
  const { devices = device === undefined ? (before.devices ?? [0]) : [device] } = asked
  // Of those that it had, a run on fewer workers needs fewer.
  return { devices: devices.slice(0, workersOf(asked)), tf32 }
}

/** Where sessions of a run are that are not divided among workers: on the first of its GPUs. */
export const firstPlace = ({ devices, ...settings }: RunDevices & Place): Place =>
  placeOf({ ...settings, device: devices?.[0] })

/** Of a run, where sessions are that look at it: as it was trained, unless something else is asked for. */
export function placeOfRun(record: RunRecord, asked: Place): Place {
  const { provider, threads } = record
  const { provider: wanted = provider } = asked
  const trained = wanted === provider ? firstPlace(record) : { provider: wanted, threads }
  const given = Object.entries(placeOf(asked)).filter(([, value]) => value !== undefined)
  return { ...trained, ...Object.fromEntries(given) }
}
