import { UserError } from '../base/error.ts'
import { cutName } from '../ops/stop.ts'
import type { Unit } from './partition.ts'

export interface Scheduled {
  readonly unit: Unit
  /** Activities that no later unit reads. */
  readonly drop: readonly string[]
}

/**
 * An order in which every unit finds the activities it reads; among units that are ready the first goes
 * first, so that a layer learns as soon as it can and its activity is dropped.
 *
 * @throws UserError ('ScheduleError') where units wait for each other.
 */
export function schedule(units: readonly Unit[]): Scheduled[] {
  const names = (nodes: Unit['reads']) => nodes.map(cutName)
  const waiting = [...units]
  const known = new Set<string>()
  const order: Unit[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex((unit) => names(unit.reads).every((name) => known.has(name)))
    const [unit] = waiting.splice(next, next < 0 ? 0 : 1)
    if (!unit)
      throw new UserError(
        'ScheduleError',
        `${waiting.map(({ name }) => name).join(' and ')} wait for each other's activity`,
        {
          origin: waiting[0]?.lesson?.loss?.origin,
          help: 'read the value of the step before instead: previous(name, x)',
        },
      )
    names(unit.gives).forEach((name) => known.add(name))
    order.push(unit)
  }
  return order.map((unit, position) => {
    const later = new Set(order.slice(position + 1).flatMap(({ reads }) => names(reads)))
    const held = [...names(unit.reads), ...names(unit.gives)]
    return { unit, drop: held.filter((name) => !later.has(name)) }
  })
}
