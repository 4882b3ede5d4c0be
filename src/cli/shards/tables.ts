import { printable } from '../../base/printable.ts'
import { table } from '../table.ts'
import { bytes, count, plural } from '../units.ts'
import { describeShards } from './description.ts'
import type { Section } from '../../bundle/schema/section.ts'

/** Who does what in a step of shards, and what crosses between them. */
export function shardTables(section: Section): string {
  const { shards, images, stages, layers, groups, inParts, scaling, ...all } = describeShards(section)
  const stageRows = stages.map(({ graph, by, flops, bytes: crossing }, i) => [
    i + 1,
    ...[graph, by, count(flops), crossing === 0 ? '–' : bytes(crossing)],
  ])
  const layerRows = layers.map(({ layer, computed, renewed }) => [
    layer,
    ...[computed, renewed, computed + renewed].map(bytes),
  ])
  const total = (of: 'computed' | 'renewed') => layers.reduce((sum, layer) => sum + layer[of], 0)
  const sums = ['', ...[total('computed'), total('renewed'), all.bytes].map(bytes)]
  return [
    `A step of ${plural(shards, 'shard')}, each of ${plural(images, 'image')}:`,
    table(['run', 'graph', 'by', 'FLOPs of each', 'of other shards'], stageRows, 'rllrr'),
    ...(scaling === 0 ? [] : [`Then ${bytes(scaling)}, which loss scales are adjusted by.`]),
    'What crosses between shards in a step:',
    table(['layer', 'computed', 'new parameters', 'in all'], [...layerRows, sums]),
    inParts.length === 0
      ? 'Every shard has all parameters.'
      : printable(
          `In parts, one with each shard, which never cross: ${inParts.map(({ name, bytes: size }) => `${name} (${bytes(size)})`).join(', ')}`,
        ),
    ...(groups === 1
      ? []
      : [`Layers may work on different batches, in up to ${groups} groups: --workers ${groups * shards}.`]),
  ].join('\n\n')
}
