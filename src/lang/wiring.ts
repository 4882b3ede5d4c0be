import { UserError } from '../base/error.ts'
import { within } from '../ir/context.ts'
import { didYouMean } from '../base/near-names.ts'
import { sameShape, showType } from '../base/type.ts'
import { at } from '../base/lists.ts'
import { concat, type Tensor } from './tensor.ts'
import type { Layer } from './layer.ts'

/** Which layers read which: an encoder is a graph of layers, listed so that each reads earlier ones. */

/** The images, among the places of layers that a layer reads. */
export const IMAGES = -1
const imagesName = 'input'

/**
 * For each layer the places of those that it reads, in its order; the images are `IMAGES`.
 *
 * @throws UserError ('ProgramError') at the line of a layer that reads what is not there or not before it, the same
 * twice, or that nothing reads.
 */
export function sourcesOf(encoder: readonly Layer[]): readonly (readonly number[])[] {
  const names = encoder.map(({ name }) => name)
  const sources = encoder.map((layer, place) => {
    const { name, from, join, origin } = layer
    const fail = (problem: string, help: string) =>
      new UserError('ProgramError', `layer '${name}' ${problem}`, { origin, help })
    if (join !== undefined && (from === undefined || from.length < 2))
      throw fail('joins the output of one layer', `name several: from: ['a', 'b'], or leave join out`)
    const twice = from?.find((each, i) => from.indexOf(each) !== i)
    if (twice !== undefined) throw fail(`reads '${twice}' twice`, 'name each layer once in from')
    return (from ?? [at([imagesName, ...names], place)]).map((wanted): number => {
      if (from === undefined) return place - 1
      const found = names.indexOf(wanted)
      if (wanted === imagesName) {
        if (found < 0) return IMAGES
        throw fail(`reads 'input', which is the images and a layer`, "rename the layer called 'input'")
      }
      const earlier = [imagesName, ...names.slice(0, place)]
      if (found < 0) throw fail(`reads '${wanted}', which is no layer`, didYouMean(wanted, earlier))
      if (found < place) return found
      throw fail(
        found === place ? 'reads itself' : `reads '${wanted}', which comes after it`,
        `a layer reads what comes before it: ${earlier.join(', ')}`,
      )
    })
  })
  const read = new Set(sources.flat())
  const unread = encoder.find((_, place) => place < encoder.length - 1 && !read.has(place))
  if (unread)
    throw new UserError('ProgramError', `no layer reads '${unread.name}'`, {
      origin: unread.origin,
      help: `name it where it is read, from: ['${unread.name}', …], or leave it out; the last layer is the top`,
    })
  return sources
}

/**
 * The outputs that a layer reads as its one input. A single one is taken as it is.
 *
 * @throws UserError ('ShapeError') at the layer's line where they do not fit.
 */
export function joined({ name, from, join = 'concat', origin }: Layer, outputs: readonly Tensor[]): Tensor {
  const [first, ...others] = outputs
  if (!first) throw new Error(`layer '${name}' reads nothing`)
  if (others.length === 0) return first
  const withoutChannels = ({ shape }: Tensor) => shape.filter((_, axis) => axis !== 1)
  const fits = ({ shape, dtype }: Tensor) =>
    dtype === first.dtype &&
    (join === 'add'
      ? sameShape(shape, first.shape)
      : shape.length > 1 &&
        sameShape(
          shape.filter((_, axis) => axis !== 1),
          withoutChannels(first),
        ))
  if (!outputs.every(fits))
    throw new UserError(
      'ShapeError',
      `layer '${name}' cannot ${join === 'add' ? 'add up' : 'join'} what it reads`,
      {
        origin,
        details: outputs.map(({ node }, i) => `  ${showType(node)}  ${at(from ?? [], i)}`),
        help:
          join === 'add'
            ? "outputs that are added up have one shape; leave out join: 'add' to put their channels side by side"
            : 'they may differ in channels alone: pool or stride one of them as the others are',
      },
    )
  return within({ scope: name, origin }, () =>
    join === 'add' ? others.reduce((sum, each) => sum.add(each), first) : concat(outputs, 1),
  )
}

/**
 * Holds blocks to being taught whole: a layer that only layers of other blocks read gets no gradient of its own block's loss.
 *
 * @param sizes of the blocks, from the input up
 * @throws UserError ('ProgramError') at the layer's line.
 */
export function requireReadInBlock(
  encoder: readonly Layer[],
  sources: readonly (readonly number[])[],
  sizes: readonly number[],
): void {
  const block = sizes.flatMap((size, i) => Array<number>(size).fill(i))
  encoder.forEach(({ name, frozen = false, origin }, place) => {
    const isTop = block[place] !== block[place + 1]
    const isRead = sources.some((read, reader) => block[reader] === block[place] && read.includes(place))
    if (!isTop && !isRead && !frozen)
      throw new UserError(
        'ProgramError',
        `no layer of its block reads '${name}', so that nothing would teach it`,
        {
          origin,
          help: 'divide the blocks so that it is the top of one, or let a layer of its block read it',
        },
      )
  })
}
