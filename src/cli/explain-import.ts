import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UserError } from '../base/error.ts'
import { packageFolder, treeFolder } from '../base/package-folder.ts'
import { readTextFile } from '../base/regular-file.ts'
import { placeOfImport, programSize } from './source-lines.ts'
import { didYouMean, nearNames } from '../base/near-names.ts'
import { isError, readThrown } from './thrown.ts'
import { showPath, userLine } from './user-line.ts'

/**
 * What is wrong with a file that could not be loaded, in the user's terms: TypeScript that does not parse, a
 * name that a module does not export, a module that is not there. Undefined for anything else.
 */
export async function explainImport(error: unknown, program: string): Promise<UserError | undefined> {
  if (!isError(error)) return undefined
  return (
    explainSyntax(error) ??
    (await explainName(error)) ??
    (await explainUndefined(error)) ??
    explainModule(error, program)
  )
}

/** esbuild: `Transform failed with 1 error:\nFILE:8:2: ERROR: Expected "}" but found "batch"`; tsx drops all else of it. */
function explainSyntax(error: Error): UserError | undefined {
  const [, file, row, at, problem] = /^(.*):(\d+):(\d+): ERROR: (.*)$/m.exec(readThrown(error).message) ?? []
  if (file === undefined || problem === undefined) return undefined
  const [line, column] = [Number(row), Number(at)]
  return new UserError('SyntaxError', problem, {
    origin: { file: showPath(file), line, column: column + 1 },
    details: pointer(lineOf(file, line), column),
    help: problem.includes('\\x00') ? 'is it a text file?' : undefined,
  })
}

/** Empty where the file cannot be read any more. */
function lineOf(file: string, line: number): string {
  try {
    return readTextFile(file, programSize).split('\n')[line - 1] ?? ''
  } catch {
    return ''
  }
}

const WIDEST = 100

/** The line with a mark below the column, or a part of it where it is long; nothing of what is no text. */
function pointer(line: string, column: number): string[] {
  const plain = line.replaceAll('\t', ' ').trimEnd()
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (plain === '' || /[\x00-\x1f\x7f\ufffd]/.test(plain)) return []
  const from = plain.length > WIDEST ? Math.max(0, column - WIDEST / 2) : 0
  return [plain.slice(from, from + WIDEST), `${' '.repeat(column - from)}^`]
}

/** Node: `FILE:5\nimport { clap } from 'hebb/rules' … does not provide an export named 'clap'`. */
async function explainName(error: Error): Promise<UserError | undefined> {
  const { message } = readThrown(error)
  const missing = /^The requested module '(.*)' does not provide an export named '(.*)'/.exec(message)
  const [, module, name] = missing ?? []
  if (module === undefined || name === undefined) return undefined
  const [, place, row] = /^(.*):(\d+)\n/.exec(readThrown(error).stack) ?? []
  if (place === undefined) return undefined
  const file = place.startsWith('file:') ? fileURLToPath(place) : place
  const origin = { file: showPath(file), line: Number(row), column: 1 }
  const help = await suggest(module, name, file)
  return new UserError('ImportError', `'${module}' exports no '${name}'`, { origin, help })
}

/** A name of ours that the program uses and does not import. */
async function explainUndefined(error: Error): Promise<UserError | undefined> {
  const { message } = readThrown(error)
  const [, name] = /^([\w$]+) is not defined$/.exec(message) ?? []
  const module = name === undefined ? undefined : await moduleWith(name)
  if (name === undefined || module === undefined) return undefined
  const help = `import it: import { ${name} } from '${module}'`
  return new UserError('ReferenceError', message, { origin: userLine(error)?.origin, help })
}

/** Which of the modules for programs exports a name. */
async function moduleWith(name: string, without?: string): Promise<string | undefined> {
  for (const module of ['hebb', 'hebb/rules'])
    if (module !== without && (await exportsOf(module)).includes(name)) return module
  return undefined
}

async function suggest(module: string, name: string, importer: string): Promise<string | undefined> {
  const other = await moduleWith(name, module)
  if (other !== undefined) return `it is in '${other}': import { ${name} } from '${other}'`
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

const modules = ['hebb', 'hebb/rules', 'hebb/runtime', 'hebb/testing']
const notFound = ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT']

/** Node: `Cannot find module 'PATH' imported from FILE`. Of our own files it would be a bug. */
function explainModule(error: Error, program: string): UserError | undefined {
  const { code, message } = readThrown(error)
  if (!notFound.includes(code)) return undefined
  const [problem = '', importer = ''] = message.split(/ imported from /)
  if (importer.startsWith(`${treeFolder}src`)) return undefined
  // 'hebb/…' is resolved in our name, see bin/resolve-hebb.mjs.
  const isUsers = importer !== '' && !importer.startsWith(`${treeFolder}bin`)
  const [, quoted = ''] = /'(.*?)'/.exec(problem) ?? []
  const ours = code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' && problem.includes(packageFolder)
  const wanted = ours ? quoted.replace(/^\./, 'hebb') : quoted
  return new UserError(
    'ImportError',
    ours ? `there is no '${wanted}'` : problem.replace(/ in \/.*package\.json$/, ''),
    {
      origin: placeOfImport(isUsers ? importer : program, wanted),
      details: [`imported from ${isUsers ? showPath(importer) : `${program} or a file that it imports`}`],
      help:
        ours && nearNames(wanted, modules).length > 0
          ? didYouMean(wanted, modules)
          : "rules and layers are in 'hebb' and 'hebb/rules'; a file beside the program is './name.ts'",
    },
  )
}
