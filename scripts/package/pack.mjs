// What `npm pack` runs before and after: a clone needs no build, so what a package has of its own is there meanwhile only.
//
//     node scripts/package/pack.mjs before|after
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { buildDist, packageJson, renameInDeclarations } from './build.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const [dist, manifest, kept] = ['dist', 'package.json', 'node_modules/.cache/package.json'].map((path) =>
  join(project, path),
)

async function before() {
  // One that was killed has left its package.json.
  if (existsSync(kept)) after()
  await buildDist(project)
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'scripts/package'], {
    cwd: project,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('the sources have type errors')
  renameInDeclarations(dist)
  mkdirSync(dirname(kept), { recursive: true })
  const text = `${JSON.stringify(packageJson(), undefined, 2)}\n`
  copyFileSync(manifest, kept)
  writeFileSync(manifest, text)
}

function after() {
  renameSync(kept, manifest)
  rmSync(dist, { recursive: true, force: true })
}

await { before, after }[process.argv[2]]()
