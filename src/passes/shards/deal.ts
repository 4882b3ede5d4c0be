import { found, zip } from '../../base/lists.ts'
import { elements } from '../../base/type.ts'
import { like } from '../../ir/context.ts'
import { topological } from '../../ir/walk.ts'
import { make, remake } from '../../ops/define.ts'
import { scale } from '../../ops/elementwise.ts'
import { input, isInput } from '../../ops/leaf.ts'
import { addShards, joinShards, type Digit } from '../../ops/shards.ts'
import { isPerSample, type Outcome } from '../../cut/facts/facts.ts'
import { partOf, type Deal } from './part.ts'
import { recipe } from './rules.ts'
import { sumRecipe } from './sums.ts'
import type { Binding, GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/**
 * Deals the images of a batch to shards, as partitioners of SPMD programs do (GSPMD, arXiv 2105.04663): the result is the
 * graph that every shard runs, on its own rows.
 *
 * - What is per image is made of the shard's own rows.
 * - Where images meet, the rows of all shards are joined, and what comes of them is the same for all.
 * - A sum over images is a sum of what each shard makes of its own.
 *
 * What an op does to a part is its rule's to say; where none fits, the op is given all rows, which is always right.
 */

/** What facts say of a node of the trace. */
export type FactsOf = (node: Node) => Outcome

/** What comes of all rows goes back to the shards as soon as there is work in it. */
const WORTH_DEALING = 2 ** 20

export function dealt(source: GraphSource, facts: FactsOf, deal: Deal): GraphSource {
  const dealing = new Dealing(facts, deal)
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  for (const node of topological(roots, (each) => bound.has(each)))
    like(node, () => {
      dealing.visit(node)
    })
  return {
    ...source,
    inputs: [...source.inputs, { name: 'shard', node: dealing.index }],
    outputs: source.outputs.map(({ name, node }): Binding => ({ name, node: dealing.whole(node) })),
  }
}

/** A shard's part of a value, and how the whole was dealt. */
interface Part {
  readonly node: Node
  readonly digit: Digit
}

const ofImages: ReadonlySet<string> = new Set(['views', 'images', 'labels'])

class Dealing {
  /** Which of the shards runs the graph. */
  readonly index = input('shard', 'shard', 'int64', [])
  private readonly wholes = new Map<Node, Node>()
  private readonly parts = new Map<Node, Part>()
  /** Parts of what every shard has whole, by axis and run. */
  private readonly taken = new Map<Node, Map<string, Node>>()
  private readonly facts: FactsOf
  private readonly deal: Deal

  constructor(facts: FactsOf, deal: Deal) {
    this.facts = facts
    this.deal = deal
  }

  visit(node: Node): void {
    const digit = this.digitOf(node)
    const isDealt = node.inputs.some((each) => this.parts.has(each))
    if (digit && isInput(node) && ofImages.has(node.attributes.role)) {
      this.wholes.set(node, node)
      this.parts.set(node, { node: this.part(node, digit), digit })
    } else if (digit && (isDealt || this.isWorthDealing(node)) && this.makePart(node, digit)) return
    else if (!(isDealt && !digit && this.makeSum(node)))
      this.wholes.set(
        node,
        remake(
          node,
          node.inputs.map((each) => this.whole(each)),
        ),
      )
  }

  /** All rows of a value, in every shard. */
  whole(node: Node): Node {
    const known = this.wholes.get(node)
    if (known) return known
    const { node: part, digit } = found(this.parts, node, node.op.name)
    const { own: images, shards } = this.deal
    const whole = like(node, () => joinShards(part, { ...digit, images, shards }))
    this.wholes.set(node, whole)
    return whole
  }

  /** A shard's rows of a value. */
  private part(node: Node, digit: Digit): Node {
    const known = this.parts.get(node)
    if (known?.digit.axis === digit.axis && known.digit.inner === digit.inner) return known.node
    const taken = this.taken.get(node) ?? new Map<string, Node>()
    this.taken.set(node, taken)
    const key = `${digit.axis} ${digit.inner}`
    const part = taken.get(key) ?? like(node, () => partOf(this.whole(node), digit, this.deal, this.index))
    taken.set(key, part)
    return part
  }

  /** The one axis along which a value holds images. */
  private digitOf(node: Node): Digit | undefined {
    const { axes, tangled } = this.facts(node)
    const digits = axes.flatMap(({ sample }, axis) => (sample === undefined ? [] : [{ axis, inner: sample }]))
    return tangled || digits.length > 1 ? undefined : digits[0]
  }

  private makePart(node: Node, digit: Digit): boolean {
    const made = recipe(node, digit, this.deal)
    if (!made) return false
    const { operands, attributes = node.attributes, instead } = made
    const inputs = node.inputs.map((each, i) => {
      const [own, other] = [operands[i], instead?.get(i)]
      if (other) return other
      return own ? this.part(each, own) : this.whole(each)
    })
    this.parts.set(node, { node: make(node.op, inputs, attributes, node.regions), digit })
    return true
  }

  private makeSum(node: Node): boolean {
    const made = sumRecipe(
      node,
      node.inputs.map((each) => this.parts.get(each)?.digit),
    )
    if (!made) return false
    const inputs = zip(node.inputs, made.operands).map(([each, digit]) => this.part(each, digit))
    const sum = addShards(make(node.op, inputs, node.attributes), this.deal.shards)
    this.wholes.set(node, made.isMean ? scale(sum, 1 / this.deal.shards) : sum)
    return true
  }

  private isWorthDealing(node: Node): boolean {
    const rows = node.inputs.filter((each) => isPerSample(this.facts(each)))
    const given = Math.max(...rows.map(({ shape }) => elements(shape)))
    const grows = elements(node.shape) > 4 * given && elements(node.shape) > WORTH_DEALING / 64
    return rows.length > 0 && (grows || node.op.traits.work(node) > WORTH_DEALING)
  }
}
