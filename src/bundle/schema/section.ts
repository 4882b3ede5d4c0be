import { z } from 'zod'
import { listOf } from '../../base/strangers.ts'
import { name } from './basic.ts'
import { graph } from './graph.ts'
import { averaging } from './average.ts'
import { rate } from './rate.ts'
import { scaling } from './scaling.ts'
import { draw, parameter, state } from './values.ts'

/** A set of graphs that run together, in order, once per step. */
export const section = z.strictObject({
  /** Images (or feature rows) per step. */
  batch: z.int().positive(),
  /**
   * The most steps done by one run of each graph. Where it is more than 1, a run does any number of steps: its
   * graphs take and give parameters and states once and all else stacked along a first axis, one item per step.
   * Shapes in this manifest are those of one step.
   */
  stepsPerRun: z.int().positive(),
  /**
   * The images of a batch are dealt to so many shards. Its graphs do one step in a run, whatever `stepsPerRun`. Who runs
   * the shards makes no difference to any bit. No machine has more cores.
   */
  shards: z.int().min(2).max(1024).optional(),
  parameters: listOf(parameter),
  states: listOf(state),
  draws: listOf(draw),
  graphs: listOf(graph),
  /** Order of the runs, and the activities that no later run reads. */
  schedule: listOf(z.strictObject({ graph: name, drop: listOf(name) })),
  rate: rate.optional(),
  /** Of weights; the states that are averages say of which. */
  average: averaging.optional(),
  /** Of mixed precision; absent where all is computed in the program's type. */
  scaling: scaling.optional(),
})
export type Section = z.infer<typeof section>
