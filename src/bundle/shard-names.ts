/** What graphs that read the values of all shards call that of shard number `shard`. */
export const shardName = (name: string, shard: number): string => `${name}#${shard}`
