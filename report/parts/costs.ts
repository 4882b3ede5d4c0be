import { formatBytes, formatCount, formatMilliseconds } from '../format.ts'
import { markup } from '../markup.ts'
import { numberCell, scrolling, tableHead } from './part.ts'
import type { Markup } from '../markup.ts'
import type { GraphCost, LayerCost } from '../run.ts'

/** A column of numbers; left out where no row has one. */
interface Column<Cost> {
  readonly name: string
  readonly of: (cost: Cost) => number | undefined
  readonly format: (value: number) => string
}

const shared = {
  milliseconds: { name: 'Time of a step', format: formatMilliseconds },
  flops: { name: 'FLOPs', format: formatCount },
}

const layerColumns: readonly Column<LayerCost>[] = [
  { ...shared.milliseconds, of: ({ milliseconds }) => milliseconds },
  { name: 'Memory', of: ({ bytes }) => bytes, format: formatBytes },
  { ...shared.flops, of: ({ flops }) => flops },
  { name: 'Parameters', of: ({ parameters }) => parameters, format: formatCount },
]

const graphColumns: readonly Column<GraphCost>[] = [
  { ...shared.milliseconds, of: ({ milliseconds }) => milliseconds },
  { name: 'Nodes', of: ({ nodes }) => nodes, format: formatCount },
  { ...shared.flops, of: ({ flops }) => flops },
]

const costTable = <Cost>(
  what: string,
  costs: readonly Cost[],
  nameOf: (cost: Cost) => string,
  columns: readonly Column<Cost>[],
): Markup => {
  const known = columns.filter(({ of }) => costs.some((cost) => of(cost) !== undefined))
  const rows = costs.map((cost) => {
    const cells = known.map(({ of, format }) => numberCell(format(of(cost) ?? NaN)))
    return markup`<tr><th scope="row"><code>${nameOf(cost)}</code></th>${cells}</tr>
`
  })
  return scrolling(
    `Cost of each ${what.toLowerCase()}`,
    markup`<table>${tableHead([what, ...known.map(({ name }) => `>${name}`)])}
<tbody>${rows}</tbody></table>`,
  )
}

/** A graph, which may be all that a layer has. */
type PartCost = GraphCost & Partial<LayerCost>

const partColumns: readonly Column<PartCost>[] = [
  { ...shared.milliseconds, of: ({ milliseconds }) => milliseconds },
  { name: 'Memory', of: ({ bytes }) => bytes, format: formatBytes },
  { ...shared.flops, of: ({ flops }) => flops },
  { name: 'Parameters', of: ({ parameters }) => parameters, format: formatCount },
  { name: 'Nodes', of: ({ nodes }) => nodes, format: formatCount },
]

/** Graphs in their order, with their layers' figures; undefined where a layer is not one graph, and has other costs. */
function partsOf(
  layers: readonly LayerCost[],
  graphs: readonly GraphCost[],
): readonly PartCost[] | undefined {
  const isGraph = ({ layer, milliseconds, flops }: LayerCost) =>
    graphs.some(
      (graph) => graph.name === layer && graph.flops === flops && graph.milliseconds === milliseconds,
    )
  if (layers.length === 0 || !layers.every(isGraph)) return undefined
  return graphs.map((graph) => ({ ...layers.find(({ layer }) => layer === graph.name), ...graph }))
}

/** What one training step costs, by layer and by graph. */
export const costTables = (layers: readonly LayerCost[], graphs: readonly GraphCost[]): Markup => {
  const parts = partsOf(layers, graphs)
  if (parts) return costTable('Part', parts, ({ name }) => name, partColumns)
  return markup`<div class="pairs">${layers.length > 0 ? costTable('Layer', layers, ({ layer }) => layer, layerColumns) : undefined}
${graphs.length > 0 ? costTable('Graph', graphs, ({ name }) => name, graphColumns) : undefined}</div>`
}
