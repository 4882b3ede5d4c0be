import { UserError } from '../base/error.ts'
import { zip } from '../base/lists.ts'
import { deriveFacts } from '../cut/derive-facts.ts'
import { Registry } from '../cut/registry.ts'
import { logitsName } from '../ir/value-names.ts'
import { topological } from '../ir/walk.ts'
import { Tensor } from '../lang/tensor.ts'
import { FixedBatch } from '../passes/any-batch.ts'
import { anyBatchGraph } from '../passes/any-batch-graph.ts'
import { encodedLayers, evaluated, type LayerValues } from './images.ts'
import { describeGraph, type Placed } from './describe-graph.ts'
import { describeSection, type LoweredSection } from './lower-section.ts'
import { headsOn } from './logits.ts'
import { requireOwnInputs } from './own-inputs.ts'
import { scheduled, type GraphPlan } from './plan.ts'
import { trainingOf } from './program.ts'
import type { EncoderExport, ExportKind } from '../bundle/manifest.ts'
import type { Section } from '../bundle/schema/section.ts'
import type { Program } from '../lang/program.ts'
import type { TracedSection } from './section.ts'

/**
 * The trained encoder as others are given it: one graph for any number of images, from raw bytes, by way of normalised
 * images, to all that can be had of every layer. `hebb export` keeps of it what is asked for.
 */

type ExportOutput = Readonly<{ layer: string; kind: ExportKind; output: string }>

interface Example {
  readonly section: TracedSection
  readonly plan: GraphPlan
  readonly normalised: string
  readonly outputs: readonly ExportOutput[]
}

/** Two examples of what is the same for any number of images, the second with twice as many. */
interface Examples {
  readonly once: Example
  readonly twice: Example
}

/** Why there can be no such graph. */
type Impossible = Readonly<{ impossible: string }>

export type TracedExport = Examples | Impossible

/** @param classifies whether a rule has heads that tell classes */
export function tracedExport(program: Program, classifies: boolean): TracedExport {
  // One image is too few to be told from a size that is 1 whatever their number.
  const batch = Math.max(2, program.batch)
  return orImpossible(() => {
    const [once, twice] = [batch, 2 * batch].map((images) =>
      example({ ...program, batch: images }, classifies),
    )
    if (!once || !twice) throw new Error('an example was not traced')
    requireOneByOne(once)
    return { once, twice }
  })
}

/** What keeps a program from being exported keeps it from nothing else. */
function orImpossible<Result>(make: () => Result): Result | Impossible {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof FixedBatch || error instanceof UserError)) throw error
    return { impossible: error.message }
  }
}

function example(program: Program, classifies: boolean): Example {
  const registry = new Registry()
  const { images, rows } = evaluated(program)
  const values: GraphPlan['outputs'][number][] = []
  const outputs: ExportOutput[] = []
  const add = (layer: string, kind: ExportKind, name: string, { node }: Tensor) => {
    values.push({ name, node, role: kind === 'logits' ? 'logits' : 'features', layer })
    outputs.push({ layer, kind, output: name })
  }
  for (const each of encodedLayers(program, rows, registry))
    for (const [kind, value] of valuesOf(each, program)) {
      const { name } = each.layer
      add(name, kind, registry.activity(`${name}.${kind}`), value)
    }
  const normalised = registry.activity('normalised')
  if (classifies) {
    registry.traceAgain()
    for (const { layer, logits } of headsOn(rows, program, trainingOf(program), registry))
      add(layer, 'logits', registry.activity(logitsName(layer)), logits)
  }
  const plan: GraphPlan = {
    name: 'encoder',
    description: 'The trained encoder, for any number of images.',
    inputs: [{ name: 'images', node: images }, ...registry.inputs()],
    outputs: [{ name: normalised, node: rows.node, role: 'views' }, ...values],
    drop: [],
  }
  requireOwnInputs(plan)
  return { section: { plans: [plan], registry, batch: program.batch }, plan, normalised, outputs }
}

/** Pooled, and as they are where they are maps: [images, …], of patches [images, patches, …]. */
function valuesOf({ out, average, spatial }: LayerValues, { batch }: Program): [ExportKind, Tensor][] {
  const perRow = out.shape.slice(1)
  const patches = out.size(0) / batch
  return [
    ['features', average.flatten(1)],
    ...(spatial ? [['spatial', spatial.flatten(1)] as [ExportKind, Tensor]] : []),
    ...(out.shape.length === 4
      ? [['maps', patches === 1 ? out : out.reshape(batch, patches, ...perRow)] as [ExportKind, Tensor]]
      : []),
  ]
}

/** @throws FixedBatch where what is said of an image depends on the others beside it */
function requireOneByOne({ plan, section }: Example): void {
  const facts = deriveFacts({ draws: section.registry.draws, perUnit: new Set() }, section.batch)
  const mixed = topological(plan.outputs.map(({ node }) => node)).find((node) =>
    facts(node).arises.some((relation) => relation !== 'scalar'),
  )
  if (!mixed) return
  throw new FixedBatch(`what '${mixed.scope}' makes of an image depends on the others in its batch`)
}

export type LoweredExport =
  Readonly<{ lowered: LoweredSection; normalised: string; outputs: readonly ExportOutput[] }> | Impossible

export function loweredExport(traced: TracedExport): LoweredExport {
  if ('impossible' in traced) return traced
  const { once, twice } = traced
  return orImpossible(() => {
    const { plan, section, normalised, outputs } = once
    const source = anyBatchGraph(plan, twice.plan, section.batch)
    const bound = zip(source.outputs, plan.outputs).map(([{ node }, output]) => ({ ...output, node }))
    const placed: Placed = {
      plan: { ...plan, outputs: bound },
      source,
      pixelMajor: new Set(),
      replacing: undefined,
      anyBatch: true,
    }
    const graphs = [describeGraph(placed)]
    const described = describeSection(section, { graphs, schedule: scheduled(graphs, plan.drop) })
    return {
      lowered: { section: described, graphs: [placed], choices: [], written: [] },
      normalised,
      outputs,
    }
  })
}

export const writtenExport = (
  exported: LoweredExport,
  written: (section: LoweredSection) => Section,
): EncoderExport =>
  'impossible' in exported
    ? exported
    : {
        section: written(exported.lowered),
        normalised: exported.normalised,
        outputs: [...exported.outputs],
      }
