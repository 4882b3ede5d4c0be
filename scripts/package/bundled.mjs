// Libraries that a package brings along. What is in `dependencies` is installed with it; whatever else is
// imported is bundled, only as far as it is used, so that a server installs few packages.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { importsOf } from './imports.mjs'

/** Where a library lies below the folder of the package: `yauzl` in `vendor/yauzl.js`. */
const placeOf = (name) => `vendor/${name.replace(/\.js$/, '')}.js`

const packageOf = (name) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

const isOurs = (name) => /^(\.|#|hebb(\/|$))/.test(name)

/**
 * Bundles what the JavaScript below a folder imports and a package does not install, into `vendor` there, and has that
 * JavaScript import it from there.
 *
 * @param installed names of the packages that are installed
 * @returns the licences of all that was bundled, as text
 * @throws Error where a library that is bundled has no licence
 */
export async function bundleLibraries(into, { project, installed }) {
  const isBundled = (name) => !isOurs(name) && !isBuiltin(name) && !installed.includes(packageOf(name))
  /** By module: the names that are asked for; nothing where that may be any. */
  const wanted = new Map()
  for (const entry of readdirSync(into, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.m?js$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const text = readFileSync(path, 'utf8')
    let changed = text
    // From the last one, so that places before it stay.
    for (const { name, names, start, end } of importsOf(text)
      .reverse()
      .filter(({ name }) => isBundled(name))) {
      const asked = wanted.has(name) ? wanted.get(name) : []
      wanted.set(name, names && asked && [...asked, ...names])
      const there = relative(dirname(path), join(into, placeOf(name)))
      changed = `${changed.slice(0, start)}'${there}'${changed.slice(end)}`
    }
    if (changed !== text) writeFileSync(path, changed)
  }
  return bundle(into, project, wanted)
}

async function bundle(into, project, wanted) {
  // Beside node_modules, where names are resolved as for our own sources.
  const stubs = join(project, 'node_modules/.cache', `hebb-vendor-${process.pid}`)
  const entryPoints = []
  for (const [name, names] of wanted) {
    const stub = join(stubs, `${name.replace(/\.js$/, '')}.mjs`)
    const exported = [...new Set(names ?? Object.keys(await import(name)))].filter(
      (each) => each !== 'module.exports',
    )
    mkdirSync(dirname(stub), { recursive: true })
    writeFileSync(stub, `export { ${exported.join(', ')} } from '${name}'\n`)
    entryPoints.push({ in: stub, out: placeOf(name).replace(/\.js$/, '') })
  }
  try {
    const { metafile } = await build({
      absWorkingDir: project,
      entryPoints,
      outdir: into,
      chunkNames: 'vendor/shared-[hash]',
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.9',
      legalComments: 'none',
      // CommonJS asks for modules of Node.js by this name.
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
      metafile: true,
      logLevel: 'error',
    })
    return licences(project, Object.keys(metafile.inputs))
  } finally {
    rmSync(stubs, { recursive: true, force: true })
  }
}

function licences(project, files) {
  const folders = files
    .map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/.][^/]*)\//.exec(file)?.[1])
    .filter((folder) => folder !== undefined)
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const at = join(project, folder)
      const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))
      const file = readdirSync(at).find((each) => /^licen[cs]e/i.test(each))
      if (file === undefined && license === undefined) throw new Error(`${name} has no licence`)
      const text = file === undefined ? `Licence: ${license}` : readFileSync(join(at, file), 'utf8').trim()
      return `${name} ${version}\n\n${text}\n`
    })
    .join('\n----------------------------------------\n\n')
}
