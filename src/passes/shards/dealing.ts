import { found, zip } from '../../base/lists.ts'
import { sizeOf } from '../../base/shapes.ts'
import { elements } from '../../base/type.ts'
import { like } from '../../ir/context.ts'
import { make, remake } from '../../ops/define.ts'
import { scale } from '../../ops/elementwise.ts'
import { input, isInput } from '../../ops/leaf.ts'
import { addShards, joinShards, type Digit } from '../../ops/shards.ts'
import { isPerSample, type Outcome } from '../../cut/facts/facts.ts'
import { blockProduct } from './products.ts'
import { isSpread } from './spread.ts'
import { dealOf, isWhole, partOf, type Deal } from './part.ts'
import { recipe } from './rules.ts'
import { sumRecipe } from './sums.ts'
import { dealtVariance, varianceOf } from './variance.ts'
import type { Binding } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'

/** What facts say of a node of the trace. */
export type FactsOf = (node: Node) => Outcome

/** What comes of all rows goes back to the shards as soon as there is work in it. */
const WORTH_DEALING = 2 ** 20

/** A shard's part of a value, and how the whole was dealt. */
interface Part {
  readonly node: Node
  readonly digit: Digit
}

const ofImages: ReadonlySet<string> = new Set(['views', 'images', 'labels'])

/** What a graph comes to for a shard, node by node, operands first. */
export class Dealing {
  /** Which of the shards runs the graph. */
  readonly index = input('shard', 'shard', 'int64', [])
  private readonly wholes = new Map<Node, Node>()
  private readonly parts = new Map<Node, Part>()
  /** Parts of what every shard has whole, by axis and run. */
  private readonly taken = new Map<Node, Map<string, Node>>()
  /** Of means over all images, that over a shard's own. */
  private readonly ownMeans = new Map<Node, Node>()
  /** Of parameters, a shard's part. */
  readonly blocks = new Map<Node, Binding>()
  private readonly facts: FactsOf
  private readonly deal: Deal
  private readonly inBlocks: ReadonlySet<Node>

  constructor(facts: FactsOf, deal: Deal, inBlocks: ReadonlySet<Node>) {
    this.facts = facts
    this.deal = deal
    this.inBlocks = inBlocks
  }

  visit(node: Node): void {
    const digit = this.digitOf(node)
    const isDealt = node.inputs.some((each) => this.parts.has(each))
    if (digit && isInput(node) && ofImages.has(node.attributes.role)) {
      this.wholes.set(node, node)
      this.parts.set(node, { node: this.part(node, digit), digit })
    } else if (this.makeInBlocks(node) || this.makeVariance(node)) return
    else if (digit && (isDealt || this.isWorthDealing(node)) && this.makePart(node, digit)) return
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
    const taken = this.taken.get(node) ?? new Map<string, Node>()
    this.taken.set(node, taken)
    const key = `${digit.axis} ${digit.inner}`
    const part =
      taken.get(key) ??
      (isSpread(node) ? this.madeOfParts(node, digit) : undefined) ??
      like(node, () => partOf(this.whole(node), digit, this.deal, this.index))
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
    const part = this.madeOfParts(node, digit)
    if (part) this.parts.set(node, { node: part, digit })
    return part !== undefined
  }

  /** A shard's rows of a result, made of its rows of the operands. */
  private madeOfParts(node: Node, digit: Digit): Node | undefined {
    const made = recipe(node, digit, this.deal)
    if (!made || !this.areWhole([node, ...node.inputs], [digit, ...made.operands])) return undefined
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
    if (!made || !this.areWhole(node.inputs, made.operands)) return false
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
    const product = blockProduct(node, this.inBlocks)
    if (!product) return false
    const { weights, other, along, joins } = product
    const { shards } = this.deal
    const size = sizeOf(weights.shape, 0)
    const digit = { axis: along, inner: 1 }
    const block = this.blockOf(weights)
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

  private blockOf(weights: Node): Node {
    const known = this.blocks.get(weights)
    if (known) return known.node
    if (!isInput(weights)) throw new Error(`${weights.op.name} is no parameter`)
    const { name, role } = weights.attributes
    const [rows, ...others] = weights.shape
    const node = input(role, name, weights.dtype, [Number(rows) / this.deal.shards, ...others])
    this.blocks.set(weights, { name, node })
    return node
  }

  /** Whether what is dealt is made of whole batches: rows that are padded, cut or joined with others are not. */
  private areWhole(values: readonly Node[], digits: readonly (Digit | undefined)[]): boolean {
    return values.every(({ shape }, i) => {
      const digit = digits[i]
      return !digit || isWhole(sizeOf(shape, digit.axis), digit.inner, this.deal)
    })
  }

  private isWorthDealing(node: Node): boolean {
    const rows = node.inputs.filter((each) => isPerSample(this.facts(each)))
    const given = Math.max(...rows.map(({ shape }) => elements(shape)))
    const grows = elements(node.shape) > 4 * given && elements(node.shape) > WORTH_DEALING / 64
    return rows.length > 0 && (grows || node.op.traits.work(node) > WORTH_DEALING)
  }
}
