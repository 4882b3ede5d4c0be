import { afterCut, beforeCut, pipeline, type Pass } from './pipeline.ts'

/** By what graphs of a stage that are run once are divided among the shards. */
export const DEAL_UPDATES = 'deal-updates'

const namesOf = (passes: readonly Pass[]): string[] => passes.map(({ name }) => name)

/** All that observers are told of graphs, in order. */
export const passNames: readonly string[] = ['trace', ...namesOf(pipeline)]

/** The same of a step of shards: up to `cut` it is one graph, and then one for each stage. */
export const shardPassNames: readonly string[] = [
  ...['trace', 'deal', ...namesOf(beforeCut)],
  ...['cut', ...namesOf(afterCut), DEAL_UPDATES],
]
