/**
 * Whether every node of every recipe's graphs would run on CUDA, and what one run copies, without a GPU: the real
 * CUDA provider on stub libraries, which places and copies as on a GPU and computes nothing.
 *
 *     bench/placement/setup.sh RIG                   # once: downloads 300 MB
 *     npx tsx bench/placement.ts RIG                 # all recipes, compiled for cuda
 *     npx tsx bench/placement.ts RIG --copies BUNDLE # one bundle, and the copies of one run of each graph
 *
 * Exit code 1 where a node would run on the CPU; the operators are named.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodesOffCuda } from '../runtime/placement-log.ts'
import { compiledRecipes, graphsOf, type Placed } from './placement/graphs.ts'
import { withFolder } from './prepare.ts'

const [rig = '', ...rest] = process.argv.slice(2)
const copies = rest.includes('--copies')
const bundles = rest.filter((argument) => argument !== '--copies')
if (!existsSync(join(rig, 'place.mjs'))) {
  console.error(
    'usage: npx tsx bench/placement.ts RIG [--copies] [BUNDLE…]; bench/placement/setup.sh makes a RIG',
  )
  process.exit(2)
}
const folder = resolve(rig)

/** `memcpy_H2D 1048576 bytes ×3`, most bytes first. */
function copiesText(stdout: string): string {
  const { copies = [], notRun } = JSON.parse(stdout) as {
    copies?: { way: string; bytes: number }[]
    notRun?: string
  }
  if (notRun !== undefined) return `  not run: ${notRun} cannot be imitated`
  const kinds = new Map<string, number>()
  const sorted = copies.toSorted((a, b) => b.bytes - a.bytes)
  for (const { way, bytes } of sorted)
    kinds.set(`${way} ${bytes} bytes`, (kinds.get(`${way} ${bytes} bytes`) ?? 0) + 1)
  return [...kinds].map(([kind, times]) => `  ${kind} ×${times}`).join('\n')
}

/** The operators that would run on the CPU. */
function place({ title, file }: Placed): readonly string[] {
  const child = spawnSync(process.execPath, ['place.mjs', resolve(file), ...(copies ? ['run'] : [])], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, LD_LIBRARY_PATH: join(folder, 'stubs'), STUBLOG: join(folder, 'copies.log') },
  })
  const off =
    child.status === 0 ? nodesOffCuda(child.stderr) : [`no session: ${child.stderr.trim().slice(-300)}`]
  if (off)
    console.log(`${title}: ${off.length === 0 ? 'every node on CUDA' : `NOT on CUDA: ${off.join(', ')}`}`)
  if (copies && child.stdout !== '') console.log(copiesText(child.stdout))
  return off ?? ['the log says nothing of placement']
}

await withFolder((temporary) => {
  const done = new Set<string>()
  const run = async () => {
    const graphs =
      bundles.length > 0 ? bundles.flatMap((bundle) => graphsOf(bundle)) : await compiledRecipes(temporary)
    const distinct = graphs.filter(({ sha256 }) => !done.has(sha256) && done.add(sha256))
    const failed = distinct.filter((graph) => place(graph).length > 0)
    console.log(`${distinct.length} graphs, ${failed.length} of them with nodes on the CPU`)
    if (failed.length > 0) process.exitCode = 1
  }
  return run()
})
