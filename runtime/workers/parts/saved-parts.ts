import type { Values } from '../../values/value-store.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { Dealt } from '../shards/deal.ts'
import type { SavedPart } from './messages.ts'

/**
 * Copies of what a worker keeps, or of what of it is to be told where several keep the same, to hand over: the values
 * themselves change in the next step. Each is made when it is asked for.
 */
export function* savedParts(
  values: Values,
  { parameters, states }: Section,
  dealt?: Pick<Dealt, 'share' | 'saved'>,
): Generator<readonly [name: string, part: SavedPart]> {
  const shapes = new Map([...parameters, ...states].map(({ name, shape }) => [name, shape]))
  for (const [name, { type, shape, data }] of values) {
    const [held, part] = [dealt?.share.held.get(name), dealt?.saved.get(name)]
    if (dealt && !part) continue
    const { from, to } = part ?? { from: 0, to: data.length }
    const first = held?.from ?? 0
    const copied = data.slice(from - first, to - first)
    yield [name, { type, shape: shapes.get(name) ?? shape, from, data: copied }]
  }
}
