import { bytesOfShape } from '../../src/base/type.ts'
import { runsOf } from '../../src/bundle/shard-names.ts'
import { describeShards } from '../../src/cli/shards/description.ts'
import { bytes } from '../../src/cli/units.ts'
import { loadBundle } from '../../runtime/index.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** What a step of shards copies where each shard has a device of its own: by way of the host, in all that there is of onnxruntime-node. */

/** That all runs of a step are given, and give back. */
export const overTheBus = (section: Section): number =>
  section.graphs.reduce(
    (sum, graph) =>
      sum +
      runsOf(graph, section) *
        [...graph.inputs, ...graph.outputs].reduce(
          (all, { type, shape }) => all + bytesOfShape(type, shape),
          0,
        ),
    0,
  )

/** `2 shards: 1.2 MB of other shards in a step, 40 MB to and from devices`; undefined of a bundle without. */
export function copiesOfShards(folder: string): string | undefined {
  const { sharded } = loadBundle(folder).manifest
  if (!sharded) return undefined
  const described = describeShards(sharded)
  return `${described.shards} shards in ${sharded.graphs.length} graphs: ${bytes(described.bytes)} of other shards in a step, ${bytes(overTheBus(sharded))} to and from devices`
}
