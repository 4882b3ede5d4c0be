import { check, type RuleContext, type Tensor } from 'hebb'

/** Side of the tiles over which maps are averaged, one for all layers or one per layer; 'global': the whole map. */
export type Pool = number | readonly number[] | 'global'

/** What `pool` may be. */
export const aPool = check.either<Pool>(
  "'global', or the side of the tiles: a whole number from 1, or a list of one per layer",
  check.oneOf('global'),
  check.count,
  check.list(check.count, 'sides', 1),
)

/** Activity of a layer (by its place in the encoder) as scores read it: averaged over tiles, [rows, features]. */
export function flatPool(activity: Tensor, pool: Pool, index: number): Tensor {
  if (activity.shape.length === 2) return activity
  if (pool === 'global') return activity.mean(2, 3)
  return activity.averagePool(typeof pool === 'number' ? pool : (pool[index] ?? 1)).flatten(1)
}

/** Activity as [rows, features]: means over whole maps. */
export const averaged = (activity: Tensor): Tensor => flatPool(activity, 'global', 0)

/** Both views of the images as scores read them, [images, features] each. */
export const bothViews = (
  { out, index }: RuleContext<'a' | 'b'>,
  pool: Pool,
): readonly [a: Tensor, b: Tensor] => [flatPool(out.a, pool, index), flatPool(out.b, pool, index)]
