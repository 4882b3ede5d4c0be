import { UserError } from '../base/error.ts'
import { cutName } from '../ops/stop.ts'
import type { StepGraph } from './partition.ts'

export interface Scheduled {
  readonly graph: StepGraph
  /** Activities that no later graph reads. */
  readonly drop: readonly string[]
}

/**
 * An order in which every graph finds the activities it reads; among graphs that are ready the first goes
 * first, so that a layer learns as soon as it can and its activity is dropped.
 *
 * @throws UserError ('ScheduleError') where graphs wait for each other.
 */
export function schedule(graphs: readonly StepGraph[]): Scheduled[] {
  const names = (nodes: StepGraph['reads']) => nodes.map(cutName)
  const waiting = [...graphs]
  const known = new Set<string>()
  const order: StepGraph[] = []
  while (waiting.length > 0) {
    const next = waiting.findIndex((graph) => names(graph.reads).every((name) => known.has(name)))
    const [graph] = waiting.splice(next, next < 0 ? 0 : 1)
    if (!graph)
      throw new UserError(
        'ScheduleError',
        `${waiting.map(({ name }) => name).join(' and ')} wait for each other's activity`,
        {
          origin: waiting[0]?.blockUpdate?.loss?.origin,
          help: 'read the value of the step before instead: previous(name, x)',
        },
      )
    names(graph.gives).forEach((name) => known.add(name))
    order.push(graph)
  }
  return order.map((graph, position) => {
    const later = new Set(order.slice(position + 1).flatMap(({ reads }) => names(reads)))
    const held = [...names(graph.reads), ...names(graph.gives)]
    return { graph, drop: held.filter((name) => !later.has(name)) }
  })
}
