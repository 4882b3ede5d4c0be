import { createHash } from 'node:crypto'
import { fuse, outputsOfGraph } from '../cut/partition.ts'
import { meaning } from '../ir/meaning.ts'
import { describeInput } from './describe-input.ts'
import { averaging } from '../bundle/schema/average.ts'
import { rate } from '../bundle/schema/rate.ts'
import type { Program } from '../lang/program.ts'
import type { TracedSection } from './section.ts'
import type { TracedProgram } from './whole-program.ts'

/** What the graphs of a section compute, however they do. */
const meaningOf = ({ plans }: TracedSection): string => meaning(plans.flatMap(({ outputs }) => outputs))

/**
 * What a program is, as the SHA-256 of its mathematics: losses and new values of a step as they were traced, how
 * values start, views and features, rate and batch. Not part of it: how graphs compute it (target, memory, algorithms,
 * graphs per step), and where in which file it was written (decision 15).
 */
export function identityOf(
  { batch, dtype, precision, views, input, optimizer }: Program,
  { trace, augment, encode }: Pick<TracedProgram, 'trace' | 'augment' | 'encode'>,
): string {
  const { registry, blockUpdates } = trace
  const step = fuse(trace).flatMap((graph) => {
    const { losses, updates } = outputsOfGraph(graph, blockUpdates)
    return [...losses, ...updates]
  })
  const average = optimizer.shared?.average
  const parts = {
    ...{ batch, dtype, views, input: describeInput(input) },
    // Left out where it is full, as of programs from before there was another.
    ...(precision === 'mixed' ? { precision } : {}),
    // Its parts in one order, whatever that of the user's object.
    rate: rate.parse(optimizer.rate),
    ...(average ? { average: averaging.parse(average) } : {}),
    step: meaning(step),
    ...{ augment: meaningOf(augment), encode: meaningOf(encode) },
    parameters: registry.parameters.map(({ name, layer, init }) => ({ name, layer, init })),
    states: registry.states.map(({ name, layer, start }) => ({ name, layer, start })),
    draws: registry.draws.map(({ draw }) => draw),
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
