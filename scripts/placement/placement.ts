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
 *
 * Exit code 1 where a node would run on the CPU, which is named, or a copy is made once per step.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodesOffCuda } from '../../runtime/session/placement-log.ts'
import { tellCopies } from './copies.ts'
import { compiledPrograms, graphsOf, type Placed } from './graphs.ts'
import { place } from './rig.ts'
import { withFolder } from '../../bench/prepare.ts'

/** That recipes are compiled for. */
const STEPS_PER_RUN = 8

const [rig = '', ...rest] = process.argv.slice(2)
const copies = rest.includes('--copies')
const precision = rest.includes('--mixed') ? 'mixed' : 'full'
const bundles = rest.filter((argument) => !argument.startsWith('--'))
if (!existsSync(join(rig, 'place.mjs'))) {
  console.error(
    'usage: npx tsx scripts/placement/placement.ts RIG [--copies] [--mixed] [BUNDLE…]; scripts/placement/setup.sh makes a RIG',
  )
  process.exit(2)
}
const folder = resolve(rig)

/** The operators that would run on the CPU. */
function offCuda({ title, file }: Placed): readonly string[] {
  const { log, problem } = place(folder, file)
  const off = log === undefined ? [`no session: ${problem}`] : nodesOffCuda(log)
  if (off)
    console.log(`${title}: ${off.length === 0 ? 'every node on CUDA' : `NOT on CUDA: ${off.join(', ')}`}`)
  return off ?? ['the log says nothing of placement']
}

await withFolder(async (temporary) => {
  const done = new Set<string>()
  const graphs =
    bundles.length > 0
      ? bundles.flatMap((bundle) => graphsOf(bundle))
      : await compiledPrograms(temporary, { stepsPerRun: STEPS_PER_RUN, precision, run: copies })
  const distinct = graphs.filter(({ sha256 }) => !done.has(sha256) && done.add(sha256))
  const [misplaced, copied] = [new Set<Placed>(), new Set<Placed>()]
  for (const graph of distinct) {
    if (offCuda(graph).length > 0) misplaced.add(graph)
    if (copies && !tellCopies(folder, graph)) copied.add(graph)
  }
  console.log(`${distinct.length} graphs, ${misplaced.size} of them with nodes on the CPU`)
  if (copies) console.log(`${copied.size} with copies in every step`)
  if (misplaced.size + copied.size > 0) process.exitCode = 1
})
