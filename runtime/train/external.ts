import { namesOf, runsOf } from '../../src/bundle/shard-names.ts'
import type { GraphInput } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

const outside = new Set<GraphInput['role']>([
  ...(['draw', 'views', 'images', 'features', 'labels', 'rate', 'step', 'average'] as const),
])

/** Names that the graphs of a section are given from outside, activities included that others make. */
export function externalNames(section: Section): ReadonlySet<string> {
  const made = new Set(
    section.graphs.flatMap((graph) =>
      graph.outputs.flatMap((output) => [output.name, ...namesOf(output, runsOf(graph, section))]),
    ),
  )
  return new Set(
    section.graphs.flatMap((graph) =>
      graph.inputs.flatMap((input) =>
        namesOf(input, runsOf(graph, section)).filter(
          (name) => outside.has(input.role) || (input.role === 'activity' && !made.has(name)),
        ),
      ),
    ),
  )
}
