import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { range } from '../ops/leaf.ts'
import { nothingMore } from './check.ts'
import { rule, type Rule } from './rule.ts'
import { concat, Tensor, tensorFor } from './tensor.ts'
import type { Node } from '../ir/node.ts'

/** What each cross-entropy compares, by its node: so the compiler knows a classifier where there is one. */
const compared = new WeakMap<Node, { readonly logits: Node; readonly labels: Node }>()

/** The logits and labels that a node is the cross-entropy of. */
export const scoresOf = (node: Node) => compared.get(node)

/**
 * Softmax cross-entropy of logits [images, classes] with labels int64 [images]; the mean over images. Where a rule
 * compares with the labels of the images, the logits are what `hebb evaluate` measures.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  tensorFor('crossEntropy', 'logits', logits)
  tensorFor('crossEntropy', 'labels', labels)
  const classes = new Tensor(range('int64', logits.size(1)))
  const target = labels.reshape(-1, 1).eq(classes.reshape(1, -1)).cast(logits.dtype)
  const loss = logits.logSumExp(1).sub(logits.mul(target).sum(1)).mean()
  compared.set(loss.node, { logits: logits.node, labels: labels.node })
  return loss
}

/** Supervised learning of a layer whose activity are logits; all views and patches of an image have its label. */
export function classify(...extra: readonly undefined[]): Rule {
  nothingMore('classify', extra)
  const origin = currentOrigin()
  return rule(
    'classify',
    ({ layer, out, labels, images, classes }) => {
      const units = out.rows.size(1)
      if (units < classes)
        throw new UserError('RuleError', `'${layer}' gives ${units} logits for ${classes} classes`, {
          origin,
          help: `end the layer with linear(${classes}), or give the number of classes: input: { classes: ${units} }`,
        })
      const views = Object.keys(out).filter((name) => name !== 'rows')
      const patches = out.rows.size(0) / (views.length * images)
      const each = patches === 1 ? labels : labels.reshape(images, 1).broadcast(images, patches).reshape(-1)
      return crossEntropy(out.rows, concat(views.map(() => each)))
    },
    // The softmax compares each unit with all others.
    { locality: ['pre', 'post', 'labels', 'scalar'] },
  )
}
