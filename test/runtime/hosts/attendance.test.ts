import { describe, expect, it } from 'vitest'
import { Attendance } from '../../../runtime/hosts/layers/attendance.ts'

describe('who is at groups of layers', () => {
  const begin = (groups: number) => {
    const clock = { now: 0 }
    return { clock, attendance: new Attendance(groups, () => clock.now) }
  }

  it('counts the time until all have begun as waited, once where several wait at once', () => {
    const { clock, attendance } = begin(2)
    clock.now = 1000
    attendance.hear(0, 'a', 0)
    clock.now = 3000
    attendance.hear(1, 'b', 0)
    clock.now = 3500
    expect(attendance.waited()).toBe(3000)
    expect(attendance.waited()).toBe(0)
  })

  it('counts from what was heard last of a lost host until another has begun, but nothing before the last step', () => {
    const { clock, attendance } = begin(1)
    attendance.hear(0, 'a', 0)
    clock.now = 100
    attendance.hear(0, 'a')
    clock.now = 150
    expect(attendance.waited()).toBe(0)
    clock.now = 5150
    attendance.hear(0, 'b', 0)
    expect(attendance.waited()).toBe(5000)
  })

  it('knows who has answered, of those who are there now', () => {
    const { attendance } = begin(2)
    attendance.hear(0, 'a', 0)
    attendance.hear(1, 'b', 0)
    expect(attendance.missing(1)).toEqual([0, 1])
    attendance.hear(0, 'a', 1)
    expect(attendance.missing(1)).toEqual([1])
    attendance.hear(1, 'b', 1)
    expect(attendance.missing(1)).toEqual([])
    attendance.hear(1, 'c', 0)
    expect(attendance.missing(1)).toEqual([1])
    attendance.hear(7, 'a stranger', 1)
    expect(attendance.missing(1)).toEqual([1])
  })
})
