import { statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UserError } from '../error.ts'
import { explainImport } from './explain-import.ts'
import { explainThrow } from './explain-throw.ts'
import type { Program } from '../lang/program.ts'

const extensions = ['.ts', '.mts', '.mjs']

/** Whether a path names a program rather than a bundle. */
export const isProgramPath = (path: string): boolean => extensions.includes(extname(path))

/**
 * Runs a program file and returns its default export.
 *
 * @throws UserError for whatever is wrong with the file, with its line where that can be known.
 */
export async function loadProgram(path: string): Promise<Program> {
  requireFile(path)
  const module = await importProgram(path)
  const names = Object.keys(module)
  if (!('default' in module))
    throw new UserError('ProgramError', `${path} has no default export`, {
      details: names.length > 0 ? [`it exports ${names.join(', ')}`] : [],
      help: 'write: export default program({ … })',
    })
  if (isProgram(module.default)) return module.default
  throw new UserError('ProgramError', `the default export of ${path} is not a program`, {
    help: "write: export default program({ … }), with program from 'hebb'",
  })
}

function requireFile(path: string): void {
  const help = `Give a TypeScript file that exports a program (${extensions.join(', ')}).`
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new UserError('FileError', `no file ${path}`, { help })
  if (!found.isFile()) throw new UserError('FileError', `${path} is not a file`, { help })
  if (!isProgramPath(path)) throw new UserError('FileError', `${path} is not a program`, { help })
}

async function importProgram(path: string): Promise<Record<string, unknown>> {
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
