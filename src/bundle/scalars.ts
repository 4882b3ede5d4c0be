import type { Graph, Scalar } from './schema/graph.ts'

/** The losses of a step and what rules log beside them, wherever graphs have them: alone, or several in one output. */
export const scalarsOf = (graphs: readonly Pick<Graph, 'outputs'>[]): Scalar[] =>
  graphs.flatMap(({ outputs }) =>
    outputs.flatMap(({ name, role, layer, log, holds = [] }): readonly Scalar[] => {
      if (role === 'scalars') return holds
      return role === 'loss' || role === 'log' ? [{ name, role, layer, log }] : []
    }),
  )

/** Those that are losses. */
export const lossesOf = (graphs: readonly Pick<Graph, 'outputs'>[]): Scalar[] =>
  scalarsOf(graphs).filter(({ role }) => role === 'loss')
