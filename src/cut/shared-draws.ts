import { sameShape, showType } from '../base/type.ts'
import { input } from '../ops/leaf.ts'
import { nameClash } from './name-clash.ts'
import type { Node } from '../ir/node.ts'
import type { Draw } from '../bundle/schema/values.ts'

interface SharedDraw {
  readonly draw: Draw
  readonly node: Node
  /** Who asked for it: only he is given it again. */
  readonly owner: string
}

/** Random numbers: who asks for a name again shares them, a layer, a transform or the rule each its own. */
export class SharedDraws {
  readonly all: SharedDraw[] = []

  has(name: string): boolean {
    return this.all.some(({ draw }) => draw.name === name)
  }

  /** What its owner was given of this name before, if he was. @throws UserError where it is something else, or another's */
  known(draw: Draw, owner: string): Node | undefined {
    const { name } = draw
    const known = this.all.find((other) => other.draw.name === name)
    if (!known) return undefined
    if (known.owner !== owner)
      throw nameClash(`draw '${name}' of ${owner} would be the same numbers as that of ${known.owner}`)
    if (known.draw.kind !== draw.kind || !sameShape(known.draw.shape, draw.shape))
      throw nameClash(
        `draw '${name}' is used as ${showType(known.node)} and as ${showType({ ...draw, dtype: draw.type })}`,
      )
    return known.node
  }

  add(draw: Draw, owner: string): Node {
    const node = input('draw', draw.name, draw.type, draw.shape)
    this.all.push({ draw, node, owner })
    return node
  }
}
