import { bytesPerElement } from '../../base/dtype.ts'
import { inputGradientOp, isConvolution, weightGradientOp } from '../../ops/conv.ts'
import { is } from '../../ops/is.ts'
import { isConstant, isInput } from '../../ops/leaf.ts'
import { weightName } from '../../ir/value-names.ts'
import type { Direction } from '../../bundle/lowerings.ts'
import type { Label, Node } from '../../ir/node.ts'
import type { ConvAttributes } from '../../ops/window.ts'
import type { Geometry } from './cost.ts'

type Convolution = Node<ConvAttributes>

const directionOf = (node: Node): Direction => {
  if (is(node, weightGradientOp)) return 'weightGradient'
  return is(node, inputGradientOp) ? 'inputGradient' : 'forward'
}

/** A convolution with those of its gradients that the graph computes. */
export interface Group {
  readonly name: string
  readonly geometry: Geometry
  readonly float32: boolean
  readonly members: Map<Direction, Convolution>
}

/** A gradient belongs to the convolution of the same input, or of the same weights; else it stands alone. */
export function groupsOf(nodes: readonly Node[]): Group[] {
  const groups: Group[] = []
  for (const node of nodes) {
    if (!isConvolution(node)) continue
    const direction = directionOf(node)
    const same = groups.find(({ members }) => !members.has(direction) && belongs(node, direction, members))
    if (same) same.members.set(direction, node)
    else
      groups.push({
        name: nameOf(node, direction),
        geometry: geometryOf(node, direction),
        float32: node.dtype === 'float32',
        members: new Map([[direction, node]]),
      })
  }
  return groups
}

/** Weights that are kept from step to step have no gradient, nor have constants: those of another convolution do. */
const isTaught = (weight: Node | undefined): boolean =>
  weight !== undefined && !isConstant(weight) && !(isInput(weight) && weight.attributes.role === 'state')

function belongs(
  node: Convolution,
  direction: Direction,
  members: ReadonlyMap<Direction, Convolution>,
): boolean {
  const forward = members.get('forward')
  if (!forward) return false
  const sameWindow = (['kernel', 'stride', 'padding', 'dilation'] as const).every(
    (key) => String(node.attributes[key]) === String(forward.attributes[key]),
  )
  return (
    sameWindow &&
    (direction === 'weightGradient'
      ? node.inputs[0] === forward.inputs[0] &&
        String(node.shape) === String(forward.inputs[1]?.shape) &&
        isTaught(forward.inputs[1])
      : node.inputs[1] === forward.inputs[1] && String(node.inputs[0]?.shape) === String(forward.shape))
  )
}

function geometryOf(node: Convolution, direction: Direction): Geometry {
  const [a, b] = node.inputs
  if (!a || !b) throw new Error(`${node.op.name} lost its operands`)
  const shapes = {
    forward: { input: a.shape, output: node.shape, weight: b.shape },
    weightGradient: { input: a.shape, output: b.shape, weight: node.shape },
    inputGradient: { input: node.shape, output: a.shape, weight: b.shape },
  }
  return {
    ...shapes[direction],
    attributes: node.attributes,
    bytesPerElement: bytesPerElement[node.dtype],
    first: direction !== 'inputGradient' && isInput(a),
  }
}

/** After the layer for its first weights, else after the weights: `conv4`, `block1.weight2`; or where it was made,
 * those with constant weights (averages) apart. */
function nameOf(node: Convolution, direction: Direction): string {
  const weight = direction === 'weightGradient' ? undefined : node.inputs[1]
  if (weight && isConstant(weight)) return `${node.scope}.constant`
  if (!weight || !isInput(weight)) return node.scope
  const { layer }: Label = direction === 'forward' || !node.derivativeOf ? node : node.derivativeOf
  const { name } = weight.attributes
  return layer !== undefined && name === weightName(layer) ? layer : name
}
