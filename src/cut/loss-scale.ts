import { freeName } from '../base/free-name.ts'
import { found } from '../base/lists.ts'
import { within } from '../ir/context.ts'
import { pullback } from '../grad/reverse.ts'
import { cast } from '../ops/cast.ts'
import { add, div, equal, mul, scale as scaledBy, sub, where } from '../ops/elementwise.ts'
import { scalar } from '../ops/leaf.ts'
import { sum } from '../ops/reduce.ts'
import type { BlockScaling } from '../bundle/schema/scaling.ts'
import type { Node } from '../ir/node.ts'
import type { Scene } from './scene.ts'
import type { TaughtParameter } from './taught-parameter.ts'

/**
 * Mixed precision of one block: its gradients are computed from a loss that is scaled, so that they do not vanish in
 * float16, and divided by the scale in float32. A step whose gradients are not finite changes nothing.
 *
 * Micikevicius et al., Mixed Precision Training (2018).
 */

/** What float16 holds of a loss near 1 with room to spare, to start with: as torch.amp.GradScaler does. */
const FIRST_SCALE = 2 ** 16

interface Value {
  readonly name: string
  readonly node: Node
}

export interface LossScale {
  /** How the manifest calls its values. */
  readonly names: BlockScaling
  /** The same, taught by gradients that were computed from the scaled loss. */
  readonly taught: readonly TaughtParameter[]
  /** New values of the block, the old ones where the step is skipped; and of what is counted. */
  readonly guarded: (updates: readonly Value[]) => readonly Value[]
  /** Numbers to show, by names that the rule has not. */
  readonly log: readonly Value[]
}

/**
 * @param taught with the gradients of the loss as it is
 * @param logged what the rule shows
 */
export function lossScale(
  { registry, members }: Pick<Scene, 'registry' | 'members'>,
  loss: Node | undefined,
  taught: readonly TaughtParameter[],
  logged: readonly Value[],
): LossScale {
  const layer = members.at(-1)?.name ?? ''
  return within({ scope: `${layer}.loss_scale`, origin: undefined }, () => {
    const number = { dtype: 'float32', shape: [] } as const
    const state = (name: string, start: number) =>
      registry.state(`${layer}.loss_scale${name}`, layer, number, { kind: 'constant', value: start })
    const isByLoss = taught.some(({ isExplicit }) => !isExplicit)
    const scale = isByLoss ? state('', FIRST_SCALE) : undefined
    const [steps, skipped] = [state('.steps', 0), state('.skipped', 0)]
    const unscaled = loss && scale ? unscaledGradients(loss, scale.node, taught) : taught
    const finite = isFinite([...(loss ? [loss] : []), ...unscaled.map(({ gradient }) => gradient)])
    const skips = sub(scalar('float32', 1), cast(finite, 'float32'))
    const guarded = (updates: readonly Value[]): readonly Value[] => {
      const old = new Map([...registry.parameters, ...registry.states].map(({ name, node }) => [name, node]))
      return within({ scope: `${layer}.loss_scale`, origin: undefined }, () => [
        ...updates.map(({ name, node }) => ({ name, node: where(finite, node, found(old, name, name)) })),
        { name: steps.name, node: add(steps.node, scalar('float32', 1)) },
        { name: skipped.name, node: add(skipped.node, skips) },
      ])
    }
    const free = (wanted: string): string =>
      freeName(wanted, (name) => logged.some((each) => each.name === name))
    return {
      names: { layer, ...(scale ? { scale: scale.name } : {}), steps: steps.name, skipped: skipped.name },
      taught: unscaled,
      guarded,
      log: [
        ...(scale ? [{ name: free('loss_scale'), node: scale.node }] : []),
        { name: free('skipped'), node: skips },
      ],
    }
  })
}

/** Explicit updates are no gradient of the loss, and are as they were. */
function unscaledGradients(
  loss: Node,
  scale: Node,
  taught: readonly TaughtParameter[],
): readonly TaughtParameter[] {
  const byLoss = taught.filter(({ isExplicit }) => !isExplicit).map(({ parameter }) => parameter.node)
  const gradients = pullback(loss, scale, byLoss)
  const inverse = div(scalar('float32', 1), scale)
  const gradientOf = new Map(byLoss.map((node, i) => [node, gradients[i]]))
  return taught.map((each) => {
    const gradient = gradientOf.get(each.parameter.node)
    return gradient ? { ...each, gradient: mul(gradient, inverse) } : each
  })
}

/** Whether all numbers of all values are finite: what is not gives NaN times zero, and so does a sum of it. */
function isFinite(values: readonly Node[]): Node {
  const zeros = values.map((value) =>
    sum(
      scaledBy(value, 0),
      value.shape.map((_, axis) => axis),
    ),
  )
  return equal(zeros.reduce(add), scalar('float32', 0))
}
