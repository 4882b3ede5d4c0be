import { existsSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UserError } from '../error.ts'
import { keepCallSites } from '../ir/call-sites.ts'
import { didYouMean } from '../near-names.ts'
import { explainImport } from './explain-import.ts'
import { explainThrow } from './explain-throw.ts'
import type { Program } from '../lang/program.ts'

const extensions = ['.ts', '.mts', '.mjs']

/** `recipes.ts#plusPlus` is the export plusPlus of recipes.ts; a file that is called so comes first. */
function splitPath(path: string): { readonly file: string; readonly name: string } {
  const [, file, name] = /^(.*)#([\w$]+)$/.exec(path) ?? []
  const isNamed = file !== undefined && name !== undefined && extensions.includes(extname(file))
  return isNamed && !existsSync(path) ? { file, name } : { file: path, name: 'default' }
}

/** Whether a path names a program rather than a bundle. */
export const isProgramPath = (path: string): boolean => extensions.includes(extname(splitPath(path).file))

/**
 * Runs a program file and returns its default export, or the one that is named behind a #.
 *
 * @throws UserError for whatever is wrong with the file, with its line where that can be known.
 */
export async function loadProgram(path: string): Promise<Program> {
  const { file, name } = splitPath(path)
  requireFile(file)
  const module = await importProgram(file)
  if (!(name in module)) throw missing(file, name, module)
  const found = module[name]
  if (isProgram(found)) return found
  const which = name === 'default' ? `the default export of ${file}` : `the export '${name}' of ${file}`
  throw new UserError('ProgramError', `${which} is not a program`, {
    help: `write: export ${name === 'default' ? 'default' : `const ${name} =`} program({ … }), with program from 'hebb'`,
  })
}

function missing(file: string, name: string, module: Record<string, unknown>): UserError {
  const names = Object.keys(module)
  if (name === 'default')
    return new UserError('ProgramError', `${file} has no default export`, {
      details: names.length > 0 ? [`it exports ${names.join(', ')}`] : [],
      help: 'write: export default program({ … })',
    })
  const programs = names.filter((each) => each !== 'default' && isProgram(module[each]))
  return new UserError('ProgramError', `${file} exports no program '${name}'`, {
    help: programs.length > 0 ? didYouMean(name, programs) : `write: export const ${name} = program({ … })`,
  })
}

function requireFile(path: string): void {
  const help = `Give a TypeScript file that exports a program (${extensions.join(', ')}).`
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new UserError('FileError', `no file ${path}`, { help })
  if (!found.isFile()) throw new UserError('FileError', `${path} is not a file`, { help })
  if (resolve(path).includes('?') && extname(path) !== '.mjs')
    throw new UserError('FileError', `TypeScript cannot be loaded from a path that holds '?': ${path}`, {
      help: 'Rename the file or the folder.',
    })
  if (!isProgramPath(path)) throw new UserError('FileError', `${path} is not a program`, { help })
}

async function importProgram(path: string): Promise<Record<string, unknown>> {
  keepCallSites()
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>
  } catch (error) {
    throw (await explainImport(error, path)) ?? explainThrow(error)
  }
}

/** `program()` makes plain data; these are the parts that it always fills in. */
const isProgram = (value: unknown): value is Program =>
  typeof value === 'object' &&
  value !== null &&
  ['encoder', 'learn', 'optimizer', 'views', 'dtype', 'origin'].every((part) => part in value)
