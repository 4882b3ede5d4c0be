import { UserError } from '../base/error.ts'
import { found } from '../base/lists.ts'
import { substituted } from '../passes/rewrite/substituted.ts'
import type { Training } from '../cut/trace.ts'
import type { Node } from '../ir/node.ts'
import type { GraphPlan } from './plan.ts'
import type { TracedSection } from './section.ts'

/**
 * A training step that makes its own views: the graph of all layers is given images as they are stored and what
 * augmentation draws, in place of views. On a device, bytes cross the bus then, not floats for every view.
 *
 * @param section one graph that reads `training.rows`
 * @param augment images to those rows
 * @throws UserError ('ProgramError') where a draw of the augmentation is called as another value of the step
 */
export function fromImages(
  section: TracedSection,
  training: Training,
  augment: TracedSection,
): TracedSection {
  const [making] = augment.plans
  const views = making?.outputs[0]?.node
  if (!making || !views) throw new Error('augmentation gives no views')
  for (const { draw } of augment.registry.draws)
    if (section.plans.some(({ inputs }) => inputs.some(({ name }) => name === draw.name)))
      throw new UserError(
        'ProgramError',
        `draw '${draw.name}' of the augmentation has the name of another value of the training step`,
        { help: "give the layer another name than 'augment', or keep layers apart: --no-fused" },
      )
  return {
    ...section,
    plans: section.plans.map((plan) => joined(plan, training, { ...making, views })),
    registry: {
      parameters: section.registry.parameters,
      states: section.registry.states,
      draws: [...section.registry.draws, ...augment.registry.draws],
    },
  }
}

function joined(
  plan: GraphPlan,
  { rows }: Training,
  making: Pick<GraphPlan, 'inputs'> & { readonly views: Node },
): GraphPlan {
  const own = plan.inputs.filter(({ node }) => node !== rows)
  // Labels, which both may read, are given once.
  const known = new Map(own.map(({ name, node }) => [name, node]))
  const shared = making.inputs.filter(({ name }) => known.has(name))
  const replaced = new Map(shared.map(({ name, node }) => [node, found(known, name, name)]))
  const inputs = [...making.inputs.filter(({ name }) => !known.has(name)), ...own]
  const views = substituted([{ name: 'views', node: making.views }], replaced)[0]?.node
  const outputs = substituted(plan.outputs, new Map(views ? [[rows, views]] : []))
  return { ...plan, inputs, outputs, together: true }
}
