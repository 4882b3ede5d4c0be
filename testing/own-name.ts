import type { TracedParameter } from '../src/cut/registry.ts'

/** A parameter as its rule calls it: `weight` of `conv1.weight`, `projection` of `conv1.mine.projection`. */
export function ownName({ name, layer }: Pick<TracedParameter, 'name' | 'layer'>, rule: string): string {
  const prefix = [`${layer}.${rule}.`, `${layer}.`].find((start) => name.startsWith(start))
  return prefix === undefined ? name : name.slice(prefix.length)
}
