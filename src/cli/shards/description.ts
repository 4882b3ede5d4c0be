import { bytesPerElement } from '../../../runtime/values/tensor.ts'
import { scheduled } from '../../../runtime/values/share.ts'
import { deal, type Deal } from '../../../runtime/workers/shards/deal.ts'
import { unitsOf } from '../../../runtime/workers/pipeline/units.ts'
import { elements } from '../../base/type.ts'
import { runsOf } from '../../bundle/shard-names.ts'
import type { Graph } from '../../bundle/schema/graph.ts'
import type { Section } from '../../bundle/schema/section.ts'

/** One graph of a step of shards. */
export interface DescribedStage {
  readonly graph: string
  /** `every shard`, `shard 1`, or `4 blocks, 2 a shard`. */
  readonly by: string
  readonly runs: number
  /** Of one run. */
  readonly flops: number
  /** That its runs need of other shards and have not been given before in the step. */
  readonly bytes: number
}

/** What crosses of one layer in a step. */
export interface DescribedLayer {
  readonly layer: string
  /** Of what the step computes: rows that meet, and sums of gradients. */
  readonly computed: number
  /** Of parameters and states that the step before left. */
  readonly renewed: number
}

/** A step of shards as somebody sees it who wants to know what they say to each other. */
export interface DescribedShards {
  readonly shards: number
  /** Of a batch, to each shard. */
  readonly images: number
  readonly stages: readonly DescribedStage[]
  readonly layers: readonly DescribedLayer[]
  /** Into how many groups its layers may be divided that work on different batches. */
  readonly groups: number
  /** What loss scales are adjusted by when all graphs are done. */
  readonly scaling: number
  /** That cross between shards in a step, in all. */
  readonly bytes: number
  /** Parameters and states of which every shard keeps a part, which never crosses. */
  readonly inParts: readonly { readonly name: string; readonly bytes: number }[]
}

/**
 * Who does what in a step of shards, and what crosses between them where each has a worker of its own: what one has made
 * and another reads, counted for each that reads it.
 */
export function describeShards(section: Section): DescribedShards {
  const { shards = 1, batch } = section
  const dealt = deal(section, shards)
  const crossing = crossingsIn(section, dealt)
  const layers = new Map<string, { computed: number; renewed: number }>()
  for (const { layer, isKept, bytes } of crossing) {
    const { computed, renewed } = layers.get(layer) ?? { computed: 0, renewed: 0 }
    layers.set(
      layer,
      isKept ? { computed, renewed: renewed + bytes } : { computed: computed + bytes, renewed },
    )
  }
  const sum = (some: typeof crossing) => some.reduce((total, { bytes }) => total + bytes, 0)
  return {
    shards,
    images: batch / shards,
    stages: scheduled(section).map((graph, place) => ({
      graph: graph.name,
      by: runner(graph, shards),
      runs: runsOf(graph, section),
      flops: graph.cost.flops,
      bytes: sum(crossing.filter((each) => each.place === place)),
    })),
    layers: layersOf(section).flatMap((layer) => {
      const bytes = layers.get(layer)
      return bytes ? [{ layer, ...bytes }] : []
    }),
    groups: unitsOf(section).length,
    scaling: sum(crossing.filter(({ place }) => place === section.schedule.length)),
    bytes: sum(crossing),
    inParts: partsOf(section, dealt),
  }
}

function runner({ each, blocks, by = 0 }: Graph, shards: number): string {
  if (each !== undefined) return 'every shard'
  if (blocks === undefined) return `shard ${by}`
  const [least, most] = [Math.floor(blocks / shards), Math.ceil(blocks / shards)]
  return `${blocks} blocks, ${least === most ? least : `${least} or ${most}`} a shard`
}

/** Names of layers, in the order of their parameters. */
const layersOf = ({ parameters, states }: Section): string[] => [
  ...new Set([...parameters, ...states].map(({ layer }) => layer)),
]

function crossingsIn(section: Section, { workers, crossings }: Deal) {
  const layerOf = layerOfName(section)
  return workers.flatMap(({ takes }) =>
    takes.flatMap((some, place) =>
      some.map(({ name, isKept, from, to }) => {
        const crossing = crossings.get(name)
        if (!crossing) throw new Error(`${name} does not cross`)
        return { layer: layerOf(name), place, isKept, bytes: (to - from) * bytesPerElement[crossing.type] }
      }),
    ),
  )
}

/** The layer that a value is of: whose it is said to be, or, of what a step computes, after which it is called. */
function layerOfName(section: Section): (name: string) => string {
  const known = new Map([...section.parameters, ...section.states].map(({ name, layer }) => [name, layer]))
  const longestFirst = layersOf(section).toSorted((a, b) => b.length - a.length)
  return (name) =>
    known.get(name) ??
    longestFirst.find(
      (layer) => name === layer || ['.', "'", '#'].some((mark) => name.startsWith(layer + mark)),
    ) ??
    OTHERS
}

const OTHERS = '–'

function partsOf({ parameters, states }: Section, { workers, crossings }: Deal): DescribedShards['inParts'] {
  return [...parameters, ...states].flatMap(({ name, type, shape }) => {
    const size = elements(shape)
    const isDivided = workers.every(({ share }) => {
      const held = share.held.get(name)
      return held !== undefined && held.to - held.from < size
    })
    return isDivided && !crossings.has(name) ? [{ name, bytes: size * bytesPerElement[type] }] : []
  })
}
