/**
 * Whether every node of every recipe's graphs would run on CUDA, and what one run copies, without a GPU: the real
 * CUDA provider on stub libraries, which places and copies as on a GPU and computes nothing. Training graphs do
 * several steps in a run: their loops' bodies are placed too, and no step of a run may copy anything.
 *
 *     scripts/placement/setup.sh RIG                     # once: downloads 300 MB
 *     npx tsx scripts/placement/placement.ts RIG                   # all recipes and transforms, compiled for cuda
 *     npx tsx scripts/placement/placement.ts RIG --copies          # and what one run of each graph copies
 *     npx tsx scripts/placement/placement.ts RIG --copies BUNDLE…  # the same of bundles
 *     npx tsx scripts/placement/placement.ts RIG --mixed           # recipes in mixed precision
 *     npx tsx scripts/placement/placement.ts RIG --shards 2        # recipes with steps that are dealt to shards, too
 *
 * Exit code 1 where a node would run on the CPU, which is named, where a graph has copies between host and device in it, or one is made
 * once per step.
 */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { copyingNodes, nodesOffCuda } from '../../runtime/session/placement-log.ts'
import { tellCopies } from './copies.ts'
import { compiledPrograms, graphsOf, type Placed } from './graphs.ts'
import { place } from './rig.ts'
import { copiesOfShards } from './shards.ts'
import { withFolder } from '../../bench/prepare.ts'

/** That recipes are compiled for. */
const STEPS_PER_RUN = 8

const {
  positionals: [rig = '', ...bundles],
  values: { copies, mixed, shards },
} = parseArgs({
  allowPositionals: true,
  options: {
    copies: { type: 'boolean', default: false },
    mixed: { type: 'boolean', default: false },
    shards: { type: 'string' },
  },
})
const precision = mixed ? 'mixed' : 'full'
if (!existsSync(join(rig, 'place.mjs'))) {
  console.error(
    'usage: npx tsx scripts/placement/placement.ts RIG [--copies] [--mixed] [--shards N] [BUNDLE…]; scripts/placement/setup.sh makes a RIG',
  )
  process.exit(2)
}
const folder = resolve(rig)

/** The operators that would run on the CPU, or copy from or to it. */
function offCuda({ title, file }: Placed): readonly string[] {
  const { log, problem } = place(folder, file)
  const off = log === undefined ? [`no session: ${problem}`] : nodesOffCuda(log)
  const copying = log === undefined ? 0 : copyingNodes(log)
  if (off && copying > 0) off.push(`Memcpy ×${copying}`)
  if (off)
    console.log(`${title}: ${off.length === 0 ? 'every node on CUDA' : `NOT on CUDA: ${off.join(', ')}`}`)
  return off ?? ['the log says nothing of placement']
}

await withFolder(async (temporary) => {
  const done = new Set<string>()
  const graphs =
    bundles.length > 0
      ? bundles.flatMap((bundle) => graphsOf(bundle))
      : await compiledPrograms(temporary, {
          ...{ stepsPerRun: STEPS_PER_RUN, precision, run: copies },
          shards: shards === undefined ? undefined : Number(shards),
        })
  const distinct = graphs.filter(({ sha256 }) => !done.has(sha256) && done.add(sha256))
  const [misplaced, copied] = [new Set<Placed>(), new Set<Placed>()]
  let last = ''
  for (const graph of distinct) {
    const dealt = graph.bundle === last ? undefined : copiesOfShards(graph.bundle)
    if (dealt !== undefined) console.log(`${basename(graph.bundle)}: ${dealt}`)
    last = graph.bundle
    if (offCuda(graph).length > 0) misplaced.add(graph)
    if (copies && !tellCopies(folder, graph)) copied.add(graph)
  }
  console.log(`${distinct.length} graphs, ${misplaced.size} of them with nodes on the CPU`)
  if (copies) console.log(`${copied.size} with copies in every step`)
  if (misplaced.size + copied.size > 0) process.exitCode = 1
})
