import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'
import { modules, publicNames } from './public-names.ts'

/** Writes docs/reference: the signature and the documentation of every public name. `npm run reference`. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = `${root}docs/reference`

const options = {
  entryPoints: Object.values(modules).map((file) => root + file),
  tsconfig: `${root}tsconfig.json`,
  outputs: [{ name: 'markdown', path: out }],
  plugin: ['typedoc-plugin-markdown'],
  name: 'The reference of Hebb',
  readme: 'none',
  router: 'module',
  // Lines of sources change with every edit, and names do not.
  disableSources: true,
  githubPages: false,
  skipErrorChecking: true,
  excludePrivate: true,
  excludeInternal: true,
  logLevel: 'Error' as const,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
}

const app = await Application.bootstrapWithPlugins(options)
const project = await app.convert()
if (!project) throw new Error('typedoc found nothing to document')
rmSync(out, { recursive: true, force: true })
await app.generateOutputs(project)
const names = Object.fromEntries(publicNames().map(({ name, hash }) => [name, hash]))
writeFileSync(`${out}/names.json`, `${JSON.stringify(names, undefined, 2)}\n`)
console.log(`docs/reference: ${Object.keys(names).length} names`)
