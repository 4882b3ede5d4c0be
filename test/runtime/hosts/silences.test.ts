import { describe, expect, it } from 'vitest'
import { Attendance } from '../../../runtime/hosts/layers/attendance.ts'
import { Silences } from '../../../runtime/hosts/layers/silences.ts'

describe('groups of which nothing is heard', () => {
  const job = { group: 0, name: 'conv1 of mine', worker: 'a' }

  /** A group that has begun at `a`, and what is said of it. */
  const begin = (
    given: { readonly lease?: number; readonly isConnected?: boolean; readonly isAsked?: boolean } = {},
  ) => {
    const { lease = 30_000, isConnected = true, isAsked = true } = given
    const clock = { now: 0 }
    const [asked, said]: [number[], string[]] = [[], []]
    const now = () => clock.now
    const attendance = new Attendance(1, now)
    const silences = new Silences({
      ...{ attendance, now, isConnected: () => isConnected, lease: () => Promise.resolve(lease) },
      orders: { ask: () => asked.push(clock.now), isAsked: () => isAsked },
      onNotice: (notice) => said.push(notice),
    })
    attendance.hear(0, 'a', 0)
    /** Looks each second until then. */
    const until = async (end: number, of = job) => {
      while (clock.now < end) {
        clock.now += 1000
        await silences.look(of)
      }
    }
    return { attendance, asked, said, until }
  }

  it('are asked, and named with what is waited for, once', async () => {
    const { asked, said, until } = begin()
    await until(20_000)
    expect(asked).toEqual([3000])
    expect(said).toEqual([
      'conv1 of mine: nothing has been heard of a for 6 s; another worker may have it when its lease is over, in 24 s at most',
    ])
  })

  it('are said to be free where their lease is shorter than it takes to notice', async () => {
    const { said, until } = begin({ lease: 5000 })
    await until(10_000)
    expect(said).toEqual([
      'conv1 of mine: nothing has been heard of a for 6 s; another worker may have it now, as its lease is over',
    ])
  })

  it('are not named where they answer, or tell of a step', async () => {
    const { attendance, said, until } = begin()
    for (let second = 4; second < 60; second += 4) {
      await until(1000 * second)
      attendance.hear(0, 'a', second)
    }
    expect(said).toEqual([])
  })

  it('are named as heard of again, and once more where they are silent once more', async () => {
    const { attendance, said, until } = begin()
    await until(10_000)
    attendance.hear(0, 'a')
    await until(30_000)
    expect(said.map((each) => each.replace(/;.*/, ''))).toEqual([
      'conv1 of mine: nothing has been heard of a for 6 s',
      'conv1 of mine: a is heard of again',
      'conv1 of mine: nothing has been heard of a for 6 s',
    ])
  })

  it.each([{ isConnected: false }, { isAsked: false }])(
    'are not named where nobody can answer: %j',
    async (given) => {
      const { said, until } = begin(given)
      await until(60_000)
      expect(said).toEqual([])
    },
  )

  it('are not expected to answer before they have begun at a worker', async () => {
    const { asked, said, until } = begin()
    await until(60_000, { ...job, worker: 'b' })
    expect({ asked, said }).toEqual({ asked: [], said: [] })
  })
})
