// What `npm pack` runs before and after: a clone needs no build, so what a package has of its own is there meanwhile only.
//
//     node scripts/package/pack.mjs before|after
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { buildDist, packageJson, buildDeclarations, replaceReadme } from './build.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(project, 'dist')
/** What a package has others of than a clone: the clone's are kept meanwhile. */
const replaced = ['package.json', 'README.md']
const cache = join(project, 'node_modules/.cache')
const keptOf = (name) => join(cache, `hebb-${name}`)

function keep() {
  mkdirSync(cache, { recursive: true })
  for (const name of replaced) {
    // Whole or not at all: it may be put back.
    copyFileSync(join(project, name), `${keptOf(name)}.part`)
    renameSync(`${keptOf(name)}.part`, keptOf(name))
  }
}

async function before() {
  // A packing that was killed has left those of the package.
  after()
  await buildDist(project)
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'scripts/package'], {
    cwd: project,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('the sources have type errors')
  buildDeclarations(dist)
  keep()
  replaceReadme(project)
  writeFileSync(join(project, 'package.json'), `${JSON.stringify(packageJson(), undefined, 2)}\n`)
}

function after() {
  for (const name of replaced) if (existsSync(keptOf(name))) renameSync(keptOf(name), join(project, name))
  rmSync(dist, { recursive: true, force: true })
}

try {
  await { before, after }[process.argv[2]]()
} catch (error) {
  after()
  throw error
}
