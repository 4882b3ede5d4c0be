import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { treeFolder } from '../../base/package-folder.ts'
import { installedFrom } from '../installed.ts'

/** How TypeScript is to read a user's program: settings under which our sources, which are TypeScript, have no errors. */

const isBuilt = import.meta.url.endsWith('.js')
const requireHere = createRequire(import.meta.url)

/** What `import … from 'hebb'` is, wherever a program lies: the very copy that runs it. */
const ownNames = {
  hebb: 'src/index.ts',
  'hebb/rules': 'rules/index.ts',
  'hebb/rules/*': 'rules/*.ts',
  'hebb/runtime': 'runtime/index.ts',
  'hebb/testing': 'testing/index.ts',
}
export const ownPaths = (): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(ownNames).map(([name, file]) => [
      name,
      [join(treeFolder, isBuilt ? file.replace(/\.ts$/, '.d.ts') : file)],
    ]),
  )

/** The folder of @types that our sources read. */
export const typeRoot = (): string => dirname(dirname(requireHere.resolve('@types/node/package.json')))

/** Of a program without a tsconfig.json, and of the one that `hebb new` writes. */
export const settings = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'preserve',
  types: ['node'],
  noEmit: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
} as const

/** A path as a tsconfig.json in a folder has it. */
const from = (folder: string, path: string): string => {
  const way = relative(resolve(folder), path).replaceAll('\\', '/')
  return way.startsWith('.') ? way : `./${way}`
}

/** The text of a tsconfig.json for programs in a folder; says where hebb is, unless Node.js finds it from there. */
export function settingsText(folder: string): string {
  const isFound = installedFrom(folder, 'hebb') !== undefined
  const elsewhere = isFound
    ? {}
    : {
        typeRoots: [from(folder, typeRoot())],
        paths: Object.fromEntries(
          [...Object.entries(ownPaths()), ...vitestPath()].map(([name, [path = '']]) => [
            name,
            [from(folder, path)],
          ]),
        ),
      }
  return `${JSON.stringify({ compilerOptions: { ...settings, ...elsewhere } }, undefined, 2)}\n`
}

/** The tests of rules import it; a development dependency of ours. */
function vitestPath(): [string, string[]][] {
  try {
    return [['vitest', [dirname(requireHere.resolve('vitest/package.json'))]]]
  } catch {
    return []
  }
}
