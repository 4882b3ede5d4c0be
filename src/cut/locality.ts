import { UserError } from '../error.ts'
import { topological } from '../ir/walk.ts'
import { teaches } from '../grad/teaches.ts'
import { isInput } from '../ops/leaf.ts'
import { cutName, isCut } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'
import type { Locality } from '../onnx/manifest.ts'
import type { Registry, TracedParameter } from './registry.ts'
import type { Trace } from './trace.ts'
import type { TracedLayer } from './trace-layer.ts'

/**
 * The parameters that a block's loss teaches, but for those that explicit updates teach.
 *
 * @throws UserError ('LocalityError') where one of them belongs to another block, or where there is none.
 */
export function checkLesson(
  loss: Node,
  members: readonly TracedLayer[],
  registry: Registry,
  explicit: ReadonlySet<TracedParameter>,
): TracedParameter[] {
  const taught = new Set(teaches(loss))
  const own = members.map(({ name }) => name)
  const place = own.length === 1 ? `'${own[0] ?? ''}'` : `the block ${own.join(', ')}`
  const found = registry.parameters.filter(
    (parameter) => taught.has(parameter.node) && !explicit.has(parameter),
  )
  const foreign = found.filter(({ layer }) => !own.includes(layer))
  if (foreign.length > 0)
    throw new UserError(
      'LocalityError',
      `the loss of ${place} also teaches ${foreign.map(({ name }) => name).join(', ')}`,
      {
        origin: loss.origin,
        help: 'stop the gradient on what it reads of another layer: .stopGradient()',
      },
    )
  if (found.length === 0 && explicit.size === 0)
    throw new UserError('LocalityError', `the loss of ${place} teaches no parameter`, {
      origin: loss.origin,
      help: 'a gradient must reach out.*; is there a stopGradient() too many?',
    })
  return found
}

/** For every plastic parameter, the signals that its update is computed from, read off its gradient. */
export const localityTable = ({ layers, lessons, registry }: Trace): Locality[] =>
  lessons.flatMap(({ taught }) =>
    taught.map(({ parameter, gradient }) => ({
      parameter: parameter.name,
      layer: parameter.layer,
      reads: signals(parameter, gradient, layers, registry),
    })),
  )

/** Walks back from the gradient to the first nodes that are somebody's activity, weights or a draw. */
function signals(
  { layer, node: self }: TracedParameter,
  gradient: Node,
  layers: readonly TracedLayer[],
  registry: Registry,
): string[] {
  const own = layers.find(({ name }) => name === layer)
  const activityOf = (node: Node): string | undefined => {
    if (own && (node === own.input || (isCut(node) && node.inputs[0] === own.input))) return 'own input'
    const owner =
      layers.find(({ forward }) => forward.has(node)) ??
      layers.find((other) => isCut(node) && cutName(node) === `${other.name}.out`)
    if (owner === undefined) return undefined
    return owner.name === layer ? 'own activity' : `activity of ${owner.name}`
  }
  const found = new Set<string>()
  const isSignal = (node: Node) => isInput(node) || activityOf(node) !== undefined
  for (const node of topological([gradient], isSignal)) {
    const activity = activityOf(node)
    if (activity !== undefined && !(isInput(node) && node.attributes.role === 'parameter'))
      found.add(activity)
    else if (isInput(node)) found.add(describe(node))
  }
  return [...found].sort()

  function describe(node: Node): string {
    const { role, name } = node.attributes
    if (role === 'parameter') {
      const owner = registry.parameters.find((parameter) => parameter.node === node)
      if (node === self || owner?.layer === layer) return 'own parameters'
      return `weights of ${owner?.layer ?? 'another layer'}`
    }
    if (role === 'draw') return name === 'negatives' ? 'other samples of the batch' : `draw ${String(name)}`
    if (role === 'state') return `memory ${String(name)}`
    return role === 'views' ? 'the image' : String(role)
  }
}
