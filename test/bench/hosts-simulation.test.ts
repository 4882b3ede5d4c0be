import { describe, expect, test } from 'vitest'
import { simulate, type Hosts, type Server } from '../../bench/hosts/simulation.ts'

/** A sweep on many hosts over one server. */

const hosts: Hosts = {
  ...{ count: 10, run: 3600, every: 360, checkpoint: 1e6, bundle: 1e6, link: 1e9 },
  ...{ start: 0, lease: 30, away: 300, between: Infinity },
}
const server: Server = { bytes: 1e9, messages: { renewal: 3, checkpoint: 20, take: 10 } }
const seconds = 20 * hosts.run

describe('simulated hosts', () => {
  test('are always at work where nothing fails and the server is fast', () => {
    const { utilisation, lost, waiting } = simulate(hosts, server, seconds, 0)
    // All of them have begun after a tenth of a run; what is under way at the end does not count yet.
    expect(utilisation).toBeGreaterThan(0.96)
    expect(lost).toBe(0)
    expect(waiting).toBeLessThan(1e-4)
  })

  test('lose what came after the last checkpoint, and the time that they are away', () => {
    const between = 10 * hosts.run
    const { utilisation, lost } = simulate({ ...hosts, between }, server, 20 * seconds, 0)
    const each = hosts.every / 2 + hosts.away
    expect(lost).toBeCloseTo(each / (between + hosts.away), 2)
    expect(utilisation + lost).toBeCloseTo(1, 1)
  })

  test('wait where checkpoints are more than the server takes', () => {
    const slow = { ...server, bytes: (hosts.count * hosts.checkpoint) / (2 * hosts.every) }
    const { waiting, bytes } = simulate(hosts, slow, seconds, 0)
    expect(waiting).toBeGreaterThan(0.3)
    expect(bytes).toBeLessThan(1.2 * slow.bytes)
  })

  test('renew their leases three times in each', () => {
    const idle = { ...server, messages: { renewal: 3, checkpoint: 0, take: 0 } }
    expect(simulate(hosts, idle, seconds, 0).messages).toBeCloseTo((10 * 3 * 3) / 30, 9)
  })
})
