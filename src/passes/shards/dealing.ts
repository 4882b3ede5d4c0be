import { found, zip } from '../../base/lists.ts'
import { sizeOf } from '../../base/shapes.ts'
import { like } from '../../ir/context.ts'
import { make, remake } from '../../ops/define.ts'
import { scale } from '../../ops/elementwise.ts'
import { input, isInput } from '../../ops/leaf.ts'
import { cutName } from '../../ops/stop.ts'
import { addShards, joinShards, type Digit } from '../../ops/shards.ts'
import type { Outcome } from '../../cut/facts/facts.ts'
import { blockProduct, ParameterBlocks } from './products.ts'
import { isSpread } from './spread.ts'
import { areWhole, dealOf, partOf, partShape, type Deal } from './part.ts'
import { recipe } from './rules.ts'
import { sumRecipe } from './sums.ts'
import { dealtVariance, varianceOf } from './variance.ts'
import { digitOf, isWorthDealing } from './worth.ts'
import type { Node } from '../../ir/node.ts'

/** What facts say of a node of the trace. */
export type FactsOf = (node: Node) => Outcome

/** A shard's part of a value, and how the whole was dealt. */
interface Part {
  readonly node: Node
  readonly digit: Digit
}

/** What a graph is given. */
interface Given {
  /** Parameters that stay in parts. */
  readonly inBlocks: ReadonlySet<Node>
  /** What other graphs made, with how its rows are dealt, where they are. */
  readonly handed: ReadonlyMap<Node, Digit | undefined>
}

const ofImages: ReadonlySet<string> = new Set(['views', 'images', 'labels'])

/** What a graph comes to for a shard, node by node, operands first. */
export class Dealing {
  /** Which of the shards runs the graph. */
  readonly index = input('shard', 'shard', 'int64', [])
  private readonly wholes = new Map<Node, Node>()
  private readonly parts = new Map<Node, Part>()
  /** Parts of what every shard has whole, by axis and run. */
  private readonly cutOut = new Map<Node, Map<string, Node>>()
  /** Of means over all images, that over a shard's own. */
  private readonly ownMeans = new Map<Node, Node>()
  /** Of parameters, a shard's part. */
  readonly blocks = new ParameterBlocks()
  /** Of what other graphs made, what a shard is given of it. */
  readonly taken = new Map<Node, Node>()
  private readonly facts: FactsOf
  private readonly deal: Deal
  private readonly given: Given

  constructor(facts: FactsOf, deal: Deal, given: Given) {
    this.facts = facts
    this.deal = deal
    this.given = given
  }

  visit(node: Node): void {
    if (this.given.handed.has(node)) this.takeIn(node, this.given.handed.get(node))
    else this.make(node)
  }

  /** What another graph made: a shard's rows of it, or all that there is. */
  private takeIn(node: Node, digit: Digit | undefined): void {
    const shape = digit ? partShape(node.shape, digit, this.deal) : node.shape
    const given = input('activity', cutName(node), node.dtype, shape)
    this.taken.set(node, given)
    if (digit) this.parts.set(node, { node: given, digit })
    else this.wholes.set(node, given)
  }

  /** A shard's rows of what it hands on; undefined where that is not made of whole batches. */
  rows(node: Node): Part | undefined {
    const digit = this.parts.get(node)?.digit ?? digitOf(this.facts(node))
    return digit && areWhole([node], [digit], this.deal) ? { node: this.part(node, digit), digit } : undefined
  }

  private make(node: Node): void {
    const digit = digitOf(this.facts(node))
    const isDealt = node.inputs.some((each) => this.parts.has(each))
    if (digit && isInput(node) && ofImages.has(node.attributes.role)) {
      this.wholes.set(node, node)
      this.parts.set(node, { node: this.part(node, digit), digit })
    } else if (this.makeInBlocks(node) || this.makeVariance(node)) return
    else if (digit && (isDealt || isWorthDealing(node, this.facts)) && this.makePart(node, digit)) return
    else if (!(isDealt && this.makeSum(node)))
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
    const cutOut = this.cutOut.get(node) ?? new Map<string, Node>()
    this.cutOut.set(node, cutOut)
    const key = `${digit.axis} ${digit.inner}`
    const part =
      cutOut.get(key) ??
      (isSpread(node) ? this.madeOfParts(node, digit) : undefined) ??
      like(node, () => partOf(this.whole(node), digit, this.deal, this.index))
    cutOut.set(key, part)
    return part
  }

  private makePart(node: Node, digit: Digit): boolean {
    const part = this.madeOfParts(node, digit)
    if (part) this.parts.set(node, { node: part, digit })
    return part !== undefined
  }

  /** A shard's rows of a result, made of its rows of the operands. */
  private madeOfParts(node: Node, digit: Digit): Node | undefined {
    const made = recipe(node, digit, this.deal)
    if (!made || !areWhole([node, ...node.inputs], [digit, ...made.operands], this.deal)) return undefined
    const { operands, attributes = node.attributes, instead } = made
    const inputs = node.inputs.map((each, i) => {
      const [own, other] = [operands[i], instead?.get(i)]
      if (other) return other
      return own ? this.part(each, own) : this.whole(each)
    })
    return like(node, () => make(node.op, inputs, attributes, node.regions))
  }

  private makeSum(node: Node): boolean {
    const made = sumRecipe(
      node,
      node.inputs.map((each) => this.parts.get(each)?.digit),
    )
    if (!made || !areWhole(node.inputs, made.operands, this.deal)) return false
    const inputs = zip(node.inputs, made.operands).map(([each, digit]) => this.part(each, digit))
    const own = make(node.op, inputs, node.attributes)
    const sum = addShards(own, this.deal.shards)
    this.wholes.set(node, made.isMean ? scale(sum, 1 / this.deal.shards) : sum)
    if (made.isMean) this.ownMeans.set(node, own)
    return true
  }

  private makeVariance(node: Node): boolean {
    const variance = varianceOf(node)
    if (!variance) return false
    const { values, mean } = variance
    const [part, ownMean] = [this.parts.get(values), this.ownMeans.get(mean)]
    if (!part || !ownMean) return false
    const [ownValues, whole, { shards }] = [part.node, this.whole(mean), this.deal]
    this.wholes.set(node, dealtVariance(node, { ...variance, ownValues, ownMean, whole, shards }))
    return true
  }

  /** A product with a large parameter: each shard multiplies by its part of that, for the rows of all. */
  private makeInBlocks(node: Node): boolean {
    const product = blockProduct(node, this.given.inBlocks)
    if (!product) return false
    const { weights, other, along, joins } = product
    const { shards } = this.deal
    const size = sizeOf(weights.shape, 0)
    const digit = { axis: along, inner: 1 }
    const block = this.blocks.of(weights, shards)
    const given = joins
      ? this.whole(other)
      : partOf(this.whole(other), digit, dealOf(size, shards), this.index)
    const made = make(
      node.op,
      node.inputs.map((each) => (each === weights ? block : given)),
      node.attributes,
    )
    const whole = joins
      ? joinShards(made, { ...digit, images: size / shards, shards })
      : addShards(made, shards)
    this.wholes.set(node, whole)
    return true
  }
}
