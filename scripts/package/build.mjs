// Makes a package of the sources: JavaScript with the types blanked out, so that every line and column stays where it was
// written, and beside it what Node.js and npm need to know.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tsBlankSpace from 'ts-blank-space'
import { bundleLibraries } from './bundled.mjs'
import { tidyDeclarations } from './declarations.mjs'
import { writeDocuments, writeReadme } from './documents.mjs'
import { ofProject } from './ignored.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))

/** All that is imported when hebb runs; `dist` has the same folders. */
const parts = ['bin', 'src', 'rules', 'runtime', 'report', 'testing', 'theory']

/** What programs import, by the path below the name of the package. */
const entries = {
  '.': 'src/index',
  './rules': 'rules/index',
  './rules/*': 'rules/*',
  './runtime': 'runtime/index',
  './testing': 'testing/index',
}

const asJavaScript = (path) => path.replace(/\.ts$/, '.js')

/** Only what is imported from a file of ours by its name: `from './a.ts'`, `import('./a.ts')`, `new URL('./a.ts', …)`. */
const renamed = (text) =>
  text.replace(/((?:\bfrom |\bimport |\bimport\(|\bnew URL\()'\.{1,2}\/[^'\n]*)\.ts'/g, "$1.js'")

/** Writes all parts as JavaScript below a folder. @throws Error where a source has syntax that leaves something behind */
export function buildJavaScript(into) {
  const isOurs = ofProject(project)
  for (const part of parts)
    for (const entry of readdirSync(join(project, part), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const from = join(entry.parentPath, entry.name)
      if (!isOurs(from)) continue
      const to = join(into, asJavaScript(from.slice(project.length)))
      mkdirSync(dirname(to), { recursive: true })
      if (!/(?<!\.d)\.ts$/.test(from)) cpSync(from, to)
      else writeFileSync(to, renamed(blanked(from)))
    }
}

/** Declarations that the compiler has written below a folder, as a package has them. */
export function buildDeclarations(folder) {
  const inFolder = (file) => join(folder, file)
  const files = Object.entries(entries).flatMap(([name, file]) =>
    name.includes('*') ? modulesIn(dirname(file)) : [`${file}.js`],
  )
  const names = Object.entries(read('package.json').imports).map(([name, { default: file }]) => [
    name,
    inFolder(asJavaScript(file)),
  ])
  tidyDeclarations(folder, { entries: files.map(inFolder), names: Object.fromEntries(names) })
}

/** What `hebb/rules/*` may be: in folders, too. */
const modulesIn = (folder) =>
  readdirSync(join(project, folder), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => asJavaScript(join(folder, name)))

function blanked(path) {
  const refused = []
  const text = tsBlankSpace(readFileSync(path, 'utf8'), (node) => refused.push(node.getText()))
  if (refused.length > 0) throw new Error(`${path} has more than types to take away: ${refused[0]}`)
  return text
}

const read = (name) => JSON.parse(readFileSync(join(project, name), 'utf8'))

/** What package.json says for a clone alone. */
const ours = ['devDependencies', 'scripts', 'allowScripts', 'overrides']

/**
 * Of our dependencies, those that a package is installed without: the first is fetched by the package, since its own script
 * fails where NuGet cannot be reached; the others are bundled, since no package can choose the protobufjs of another.
 */
const notInstalled = ['onnxruntime-node', 'onnx-proto', 'protobufjs']

/** package.json as the package has it: what programs import is JavaScript with declarations, and nothing is for us alone. */
export function packageJson() {
  const all = read('package.json')
  const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !ours.includes(name)))
  const exported = Object.entries(entries).map(([name, file]) => [
    name,
    { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` },
  ])
  // What a browser has in their place is for the page of a clone.
  const imported = Object.entries(all.imports).map(([name, { default: file }]) => [
    name,
    asJavaScript(file.replace(/^\./, './dist')),
  ])
  const { version, integrity } = read('package-lock.json').packages['node_modules/onnxruntime-node']
  return {
    ...kept,
    bin: { hebb: 'dist/bin/hebb.mjs' },
    files: ['dist'],
    imports: Object.fromEntries(imported),
    exports: { ...Object.fromEntries(exported), './package.json': './package.json' },
    scripts: { postinstall: 'node dist/bin/hebb.mjs install-onnxruntime' },
    dependencies: Object.fromEntries(
      Object.entries(all.dependencies).filter(([name]) => !notInstalled.includes(name)),
    ),
    onnxruntime: { version, integrity },
  }
}

/** Writes `dist`, but for declarations, into the folder of a package. */
export async function buildDist(folder) {
  const dist = join(folder, 'dist')
  rmSync(dist, { recursive: true, force: true })
  buildJavaScript(dist)
  const installed = Object.keys(packageJson().dependencies)
  writeFileSync(join(dist, 'LICENSES.txt'), await bundleLibraries(dist, { project, installed }))
  writeDocuments(dist, project)
}

/** Writes README.md of the package into its folder. */
export const replaceReadme = (folder) => writeReadme(folder, project, packageJson().version)

/** README.md, the documents, and the JavaScript that they link to. */
export function buildDocuments(folder) {
  buildJavaScript(join(folder, 'dist'))
  writeDocuments(join(folder, 'dist'), project)
  replaceReadme(folder)
}

/** A folder as `npm install` leaves one, but for declarations and onnxruntime-node. */
export async function buildInstalled(folder) {
  rmSync(folder, { recursive: true, force: true })
  await buildDist(folder)
  replaceReadme(folder)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(), undefined, 2)}\n`)
}
