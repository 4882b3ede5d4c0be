import type { Graph } from './schema/graph.ts'
import type { Section } from './schema/section.ts'

/** What graphs that read the values of all shards call that of shard number `shard`. */
export const shardName = (name: string, shard: number): string => `${name}#${shard}`

interface Named {
  readonly name: string
  readonly shard?: true | undefined
}

/** The name of the value that run number `run` of a graph reads or makes where the graph says `name`. */
export const nameIn = ({ name, shard }: Named, run: number): string => (shard ? shardName(name, run) : name)

/** The same of all its runs. */
export const namesOf = (value: Named, runs: number): string[] =>
  value.shard ? Array.from({ length: runs }, (_, run) => nameIn(value, run)) : [value.name]

/** How often a graph is run in a step: once per shard, or per block, or once. */
export const runsOf = (
  { each, blocks = 1 }: Pick<Graph, 'each' | 'blocks'>,
  { shards = 1 }: Pick<Section, 'shards'>,
): number => (each === undefined ? blocks : shards)

/** The shard that does run number `run` of a graph. */
export function shardOfRun(
  { each, blocks, by = 0 }: Pick<Graph, 'each' | 'blocks' | 'by'>,
  { shards = 1 }: Pick<Section, 'shards'>,
  run: number,
): number {
  if (each !== undefined) return run
  return blocks === undefined ? by : Math.floor((run * shards) / blocks)
}

/** Steps that one run of a section's graphs does at most; those of shards do one. */
export const stepsInRun = ({ shards, stepsPerRun }: Pick<Section, 'shards' | 'stepsPerRun'>): number =>
  shards === undefined ? stepsPerRun : 1
