/**
 * When what a graph of shards computes is computed, and by whom. A step goes through stages: in the even ones every shard
 * runs a graph on its own rows, in the odd ones a graph is run once on what the shards have made.
 */
export interface Assigned {
  /**
   * Made by every shard of its own rows; made once for all; or made by every graph that reads it: what is little work, or
   * is computed of what every graph is given.
   */
  readonly by: 'shards' | 'one' | 'reader'
  /** The stage in which it is made; of what readers make, the last one that has to be over. */
  readonly stage: number
}
