import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UserError } from '../error.ts'
import { stackText } from '../ir/call-sites.ts'
import { didYouMean } from '../near-names.ts'
import { showPath } from './user-line.ts'

const ownFolder = fileURLToPath(new URL('../..', import.meta.url))

/**
 * What is wrong with a file that could not be loaded, in the user's terms: TypeScript that does not parse, a
 * name that a module does not export, a module that is not there. Undefined for anything else.
 */
export async function explainImport(error: unknown, program: string): Promise<UserError | undefined> {
  if (!(error instanceof Error)) return undefined
  return explainSyntax(error) ?? (await explainName(error)) ?? explainModule(error, program)
}

/** esbuild: `Transform failed with 1 error:\nFILE:8:2: ERROR: Expected "}" but found "batch"`. */
function explainSyntax({ message }: Error): UserError | undefined {
  const [, file, row, column, problem] = /^(.*):(\d+):(\d+): ERROR: (.*)$/m.exec(message) ?? []
  if (file === undefined || problem === undefined) return undefined
  const line = readFileSync(file, 'utf8').split('\n')[Number(row) - 1] ?? ''
  return new UserError('SyntaxError', problem, {
    origin: { file: showPath(file), line: Number(row), column: Number(column) + 1 },
    details: [line.replaceAll('\t', ' '), `${' '.repeat(Number(column))}^`],
  })
}

/** Node: `FILE:5\nimport { clap } from 'hebb/rules' … does not provide an export named 'clap'`. */
async function explainName(error: Error): Promise<UserError | undefined> {
  const missing = /^The requested module '(.*)' does not provide an export named '(.*)'/.exec(error.message)
  const [, module, name] = missing ?? []
  const [, place, row] = /^(.*):(\d+)\n/.exec(stackText(error)) ?? []
  if (module === undefined || name === undefined || place === undefined) return undefined
  const file = place.startsWith('file:') ? fileURLToPath(place) : place
  const origin = { file: showPath(file), line: Number(row), column: 1 }
  const help = await suggest(module, name, file)
  return new UserError('ImportError', `'${module}' exports no '${name}'`, { origin, help })
}

async function suggest(module: string, name: string, importer: string): Promise<string | undefined> {
  const elsewhere = ['hebb', 'hebb/rules'].filter((other) => other !== module)
  for (const other of elsewhere) {
    if ((await exportsOf(other)).includes(name))
      return `it is in '${other}': import { ${name} } from '${other}'`
  }
  const relative = module.startsWith('.')
  const names = await exportsOf(relative ? pathToFileURL(resolve(dirname(importer), module)).href : module)
  return names.length > 0 ? didYouMean(name, names) : undefined
}

async function exportsOf(module: string): Promise<string[]> {
  try {
    return Object.keys((await import(module)) as object)
  } catch {
    return []
  }
}

const notFound = ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT']

/** Node: `Cannot find module 'PATH' imported from FILE`. Of our own files it would be a bug. */
function explainModule(error: Error, program: string): UserError | undefined {
  if (!('code' in error) || !notFound.includes(String(error.code))) return undefined
  const [problem = '', importer = ''] = error.message.split(/ imported from /)
  if (importer.startsWith(`${ownFolder}src`)) return undefined
  // 'hebb/…' is resolved in our name, see bin/resolve-hebb.mjs.
  const isUsers = importer !== '' && !importer.startsWith(`${ownFolder}bin`)
  return new UserError('ImportError', problem.replace(/ in \/.*package\.json$/, ''), {
    details: [`imported from ${isUsers ? showPath(importer) : `${program} or a file that it imports`}`],
    help: "rules and layers are in 'hebb' and 'hebb/rules'; a file beside the program is './name.ts'",
  })
}
