import { runRule } from '../cut/block-update.ts'
import { isAnswer, scoresIn } from '../cut/classifiers.ts'
import { Registry } from '../cut/registry.ts'
import { traceEncoder, type Trace, type Training } from '../cut/trace.ts'
import { UserError } from '../base/error.ts'
import { within } from '../ir/context.ts'
import { topological } from '../ir/walk.ts'
import { isCut } from '../ops/stop.ts'
import { concat, Tensor } from '../lang/tensor.ts'
import { logitsName } from '../ir/value-names.ts'
import { evaluated, perImage } from './images.ts'
import type { Node } from '../ir/node.ts'
import type { Program } from '../lang/program.ts'
import type { TracedLayer } from '../cut/trace-layer.ts'
import type { GraphPlan } from './plan.ts'
import type { TracedSection } from './section.ts'

/** Scores of one image each, [batch, classes], and the layer that they are computed from. */
export interface Head {
  readonly layer: string
  readonly logits: Tensor
}

/**
 * Bytes to the scores of the classes, one output per head that a rule compares with labels: the program traced again
 * as it is after training, its rules run for their logits alone. Undefined where no rule classifies.
 *
 * @throws UserError that names the user's line.
 */
export function logitsSection(
  program: Program,
  training: Training,
  { blockUpdates }: Pick<Trace, 'blockUpdates'>,
): TracedSection | undefined {
  if (!classifies(blockUpdates)) return undefined
  const registry = new Registry()
  const { images, rows } = evaluated(program)
  const heads = headsOn(rows, program, training, registry)
  if (heads.length === 0) return undefined
  const outputs: GraphPlan['outputs'] = heads.map(({ layer, logits }) => ({
    name: registry.activity(logitsName(layer)),
    node: logits.cast('float32').node,
    role: 'logits',
    layer,
  }))
  const inputs = [{ name: 'images', node: images }, ...registry.inputs()]
  const description = 'Scores of the classes, by every head that learns to tell them.'
  const plan = { name: 'logits', description, inputs, outputs, drop: [] }
  return { plans: [plan], registry, batch: program.batch }
}

/** Whether any of the rules compares scores with labels. */
export const classifies = (blockUpdates: Trace['blockUpdates']): boolean =>
  blockUpdates.some(({ loss }) => loss && scoresIn(loss).length > 0)

/** The heads of a program that classifies, on normalised rows, one an image. */
export function headsOn(rows: Tensor, program: Program, training: Training, registry: Registry): Head[] {
  // Rules find every view that they ask for: all of them show the image as it is.
  const shown = within({ scope: 'normalise', origin: program.origin }, () =>
    program.views.length === 1 ? rows : concat(program.views.map(() => rows)),
  )
  return headsOf(program, { ...training, rows: shown.node }, registry)
}

function headsOf(program: Program, training: Training, registry: Registry): Head[] {
  const { layers, blocks } = traceEncoder(training, registry, false)
  return blocks.flatMap((members) => {
    const own = members.at(-1)
    const loss = ruleLoss({ training, members, layers, registry })
    return own && loss ? ownHeads(program, own, loss) : []
  })
}

/** The loss of a rule, which may be the user's, where it is run a second time. */
function ruleLoss(scene: Parameters<typeof runRule>[0]): Node | undefined {
  try {
    return runRule(scene).loss?.node
  } catch (error) {
    if (error instanceof UserError) error.note('while the program was traced as it is after training')
    throw error
  }
}

/** Scores that are made of the layer's own activity; of several views of it with the same parameters, one. */
function ownHeads(program: Program, own: TracedLayer, loss: Node): Head[] {
  const known = new Set<string>()
  return scoresIn(loss).flatMap((node): Head[] => {
    // What other layers hand over is theirs: the error of the top layer, say, that a layer below is fed.
    const order = topological([node], isCut)
    const parameters = order.flatMap(({ attributes: { role, name } }) =>
      role === 'parameter' && typeof name === 'string' ? [name] : [],
    )
    const logits =
      order.includes(own.out) && isAnswer(node) ? scoresPerImage(program, own, new Tensor(node)) : undefined
    const key = parameters.join('\n')
    if (!logits || known.has(key)) return []
    known.add(key)
    return [{ layer: own.name, logits }]
  })
}

/** Of the first view, the mean over patches of an image, the classes that there are; undefined where it is none. */
function scoresPerImage(program: Program, own: TracedLayer, scores: Tensor): Tensor | undefined {
  const { views, batch } = program
  const { classes } = program.input
  const perView = new Tensor(own.out).size(0) / views.length
  const isPerRow = scores.shape.length === 2 && scores.size(1) >= classes
  if (!isPerRow || scores.size(0) % perView !== 0 || perView % batch !== 0) return undefined
  return within({ scope: logitsName(own.name), origin: program.origin }, () => {
    const ofView = scores.size(0) === perView ? scores : scores.slice(0, 0, perView)
    const ofClasses = scores.size(1) === classes ? ofView : ofView.slice(1, 0, classes)
    return perImage(ofClasses, program)
  })
}
