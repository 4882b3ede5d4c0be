import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import type { Node } from '../ir/node.ts'
import type { TracedLayer } from './trace-layer.ts'

interface Other {
  /** Takes the place of what the bottom layer reads; left out: that itself. */
  readonly input?: Node
  /** Each parameter by its full name; left out: the layers' own. */
  readonly parameter?: (name: string) => Node
}

/**
 * A block's output of another input, or with other parameters.
 *
 * @throws UserError ('RuleError') where the block reads more than the one input that was given.
 */
export function applyBlock(members: readonly TracedLayer[], { input, parameter }: Other): Node {
  const made = new Map<TracedLayer, Node>()
  let top: Node | undefined
  for (const member of members) {
    const isBottom = made.size === 0
    const read = member.reads.map(({ layer, node }) => {
      if (isBottom && input) return node
      return (layer && made.get(layer)) ?? outside(members, node, input)
    })
    const isOwn = read.every((node, i) => node === member.reads[i]?.node)
    top = member.apply(isBottom && input ? input : isOwn ? member.input : member.join(read), parameter)
    made.set(member, top)
  }
  if (!top) throw new Error('a block has no layers')
  return top
}

/** What a layer reads of other blocks: where the block is given another input, that, if it is all that its bottom reads. */
function outside(members: readonly TracedLayer[], node: Node, input: Node | undefined): Node {
  if (!input) return node
  const [bottom] = members
  const [only, ...others] = bottom?.reads ?? []
  if (only?.node === node && others.length === 0) return input
  const names = members.map(({ name }) => `'${name}'`).join(', ')
  throw new UserError('RuleError', `a rule applies ${names} to another input, and they read more than one`, {
    origin: currentOrigin(),
    help: 'apply takes one input: let all of its layers read the same, or take a rule that does not apply its block again',
  })
}
