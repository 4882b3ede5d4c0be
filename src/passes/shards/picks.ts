import { at } from '../../base/lists.ts'
import { constant, constantValues } from '../../ops/leaf.ts'
import type { Deal } from './part.ts'
import type { Node } from '../../ir/node.ts'

/** Rows that are picked by indices which the compiler knows, such as those of one view. */
export interface OwnIndices {
  /** Elements in a row of one image, where the indices lead, or along themselves. */
  readonly inner: number
  /** For a shard, among its own rows. */
  readonly indices: Node
}

/** Where every place picks of its own image; `inner` is that of the places, and is found of the rows. */
export const ownPicks = (indices: Node, rows: number, inner: number, deal: Deal): OwnIndices | undefined =>
  ownIndices(indices, deal, innersOf(rows, deal), (other) => ({ place: inner, row: other }))

/** Where every place leads to its own image; `inner` is that of the rows, and is found of the places. */
export const ownPlaces = (indices: Node, inner: number, deal: Deal): OwnIndices | undefined =>
  ownIndices(indices, deal, innersOf(at(indices.shape, 0), deal), (other) => ({ place: other, row: inner }))

interface Inners {
  readonly place: number
  readonly row: number
}

/** Runs of one image that an axis of so many elements may be made of. */
const innersOf = (size: number, { images }: Deal): number[] =>
  Array.from({ length: Math.floor(size / images) }, (_, i) => i + 1).filter(
    (inner) => size % (images * inner) === 0,
  )

function ownIndices(
  indices: Node,
  deal: Deal,
  candidates: readonly number[],
  innersWith: (candidate: number) => Inners,
): OwnIndices | undefined {
  const list = constantValues(indices)
  if (!list || indices.shape.length !== 1 || list.length % deal.images !== 0) return undefined
  for (const inner of candidates) {
    const own = ownList(list, innersWith(inner), deal)
    if (own) return { inner, indices: constant(indices.dtype, [own.length], own) }
  }
  return undefined
}

/** The list of a shard among its own rows, where it is the same for all shards. */
function ownList(list: Float64Array, { place, row }: Inners, { images, shards, own }: Deal) {
  const imageOf = (position: number, inner: number) => Math.floor(position / inner) % images
  const lists = Array.from({ length: shards }, (): number[] => [])
  for (const [position, index] of list.entries()) {
    const image = imageOf(position, place)
    if (imageOf(index, row) !== image) return undefined
    const shard = Math.floor(image / own)
    const view = Math.floor(index / (images * row))
    at(lists, shard).push((view * own + image - shard * own) * row + (index % row))
  }
  const [first] = lists
  return lists.every((each) => String(each) === String(first)) ? first : undefined
}
