import { describe, expect, test } from 'vitest'
import { deviceOf } from '../../runtime/session/options.ts'
import { devicesOf, placeOfRun } from '../../runtime/train/devices.ts'
import type { RunRecord } from '../../runtime/files/run-record.ts'

const cuda = { provider: 'cuda' } as const

describe('the GPUs of a run', () => {
  test('are none on the CPU, and the first where nothing is said', () => {
    expect(devicesOf({})).toEqual({})
    expect(devicesOf(cuda)).toEqual({ devices: [0], tf32: false })
  })

  test('are those that are asked for: one, or one for each worker in turn', () => {
    expect(devicesOf({ ...cuda, device: 3, tf32: true })).toEqual({ devices: [3], tf32: true })
    expect(devicesOf({ ...cuda, workers: 4, devices: [2, 0] })).toEqual({ devices: [2, 0], tf32: false })
  })

  test('of a run that goes on are those that it had, as far as it has workers, or others', () => {
    const before = { devices: [1, 2], tf32: true }
    expect(devicesOf({ ...cuda, workers: 2 }, before)).toEqual(before)
    expect(devicesOf(cuda, before)).toEqual({ devices: [1], tf32: true })
    expect(devicesOf({ ...cuda, device: 0 }, before)).toEqual({ devices: [0], tf32: true })
    expect(devicesOf({}, before)).toEqual({})
  })

  test.each([{ device: 0 }, { devices: [0] }, { tf32: true }])('are not asked of the CPU: %j', (asked) => {
    const [name = ''] = Object.keys(asked)
    expect(() => devicesOf(asked)).toThrow(
      `${name} is given, and the provider is cpu\n  Give provider 'cuda', too, or leave ${name} out.`,
    )
    expect(devicesOf({ tf32: false })).toEqual({})
  })

  test('are named in figures', () => {
    expect(deviceOf('cpu')).toBe('cpu')
    expect(deviceOf('cuda')).toBe('cuda:0')
    expect(deviceOf('cuda', [1, 3])).toBe('cuda:1,3')
  })
})

describe('what looks at a run', () => {
  const record = { provider: 'cuda', threads: 2, devices: [1], tf32: true } as RunRecord

  test('is where it was trained, unless it is told otherwise', () => {
    expect(placeOfRun(record, {})).toEqual({ provider: 'cuda', threads: 2, device: 1, tf32: true })
    expect(placeOfRun(record, { device: 0, threads: 4 })).toEqual({
      ...{ provider: 'cuda', threads: 4, device: 0, tf32: true },
    })
    expect(placeOfRun(record, { provider: 'cpu' })).toEqual({ provider: 'cpu', threads: 2 })
  })
})
