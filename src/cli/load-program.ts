import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { registerLoader } from '../../bin/loader.mjs'
import { UserError } from '../base/error.ts'
import { describeKind, isThere, kindOf } from '../base/file-kind.ts'
import { didYouMean } from '../base/near-names.ts'
import { readRegularFile } from '../base/regular-file.ts'
import { placeOfExport, programSize } from './source-lines.ts'
import type { Program } from '../lang/program.ts'

const extensions = ['.ts', '.mts', '.mjs']

/** `recipes.ts#plusPlus` is the export plusPlus of recipes.ts; a file that is called so comes first. */
export function splitPath(path: string): { readonly file: string; readonly name: string } {
  const [, file, name] = /^(.*)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/su.exec(path) ?? []
  const isNamed = file !== undefined && name !== undefined && extensions.includes(extname(file))
  return isNamed && !isThere(path) ? { file, name } : { file: path, name: 'default' }
}

/** Whether a path names a program rather than a bundle. */
export const isProgramPath = (path: string): boolean => extensions.includes(extname(splitPath(path).file))

/**
 * A program among the exports of its file.
 *
 * @throws UserError where there is none of this name, or it is something else; whatever a getter of it throws.
 */
export async function requireProgram(
  module: Record<string, unknown>,
  file: string,
  name: string,
): Promise<Program> {
  if (!(name in module)) throw missing(file, name, module)
  const found = partsOf(module[name])
  if (isProgram(found)) return found
  const which = name === 'default' ? `the default export of ${file}` : `the export '${name}' of ${file}`
  const value = module[name]
  if (value instanceof Promise && isProgram(partsOf(await value)))
    throw new UserError('ProgramError', `${which} is a promise of a program`, {
      origin: placeOfExport(file, name),
      help: `write: export ${name === 'default' ? 'default' : `const ${name} =`} await …`,
    })
  if (typeof value === 'function')
    throw new UserError('ProgramError', `${which} is a function, not a program`, {
      origin: placeOfExport(file, name),
      help: `is a call missing? A program with options: export ${name === 'default' ? 'default' : `const ${name} =`} program.options({ lr: 1e-3 }, ({ lr }) => ({ … })).`,
    })
  throw new UserError('ProgramError', `${which} is not a program`, {
    origin: placeOfExport(file, name),
    help: `write: export ${name === 'default' ? 'default' : `const ${name} =`} program({ … }), with program from 'hebb'`,
  })
}

function missing(file: string, name: string, module: Record<string, unknown>): UserError {
  const names = Object.keys(module)
  if (name === 'default')
    return new UserError('ProgramError', `${file} has no default export`, {
      origin: placeOfExport(file, name),
      details: names.length > 0 ? [`it exports ${names.join(', ')}`] : [],
      help: 'write: export default program({ … })',
    })
  const programs = names.filter((each) => each !== 'default' && isProgram(partsOf(module[each])))
  return new UserError('ProgramError', `${file} exports no program '${name}'`, {
    origin: placeOfExport(file, name),
    help: programs.length > 0 ? didYouMean(name, programs) : `write: export const ${name} = program({ … })`,
  })
}

function requireFile(path: string): void {
  const help = `Give a TypeScript file that exports a program (${extensions.join(', ')}).`
  const kind = kindOf(path)
  if (kind === undefined) throw new UserError('FileError', `no file ${path}`, { help })
  if (kind !== 'file')
    throw new UserError('FileError', `${path} is not a file: it is ${describeKind(kind, path)}`, { help })
  if (!isProgramPath(path)) throw new UserError('FileError', `${path} is not a program`, { help })
  // Here, where it is told why it cannot be read; it is run from its path.
  readRegularFile(path, programSize)
}

/** Runs the file. Rejects with whatever it throws, or with what Node.js or esbuild have to say of it. */
export async function importProgram(path: string): Promise<Record<string, unknown>> {
  requireFile(path)
  await registerLoader()
  const module: unknown = await import(pathToFileURL(resolve(path)).href)
  if (typeof module === 'object' && module !== null) return module as Record<string, unknown>
  throw new UserError('ProgramError', `${path} exports a function called 'then'`, {
    help: 'import() takes such a module for a promise: give it another name.',
  })
}

/** Values of all own properties, read once: a program may be a proxy, and its parts getters. */
const partsOf = (value: unknown): object | undefined =>
  typeof value === 'object' && value !== null ? { ...value } : undefined

/** What `program()` always fills in, as far as telling it from other things takes. */
const programSchema = z.looseObject({
  name: z.string(),
  input: z.looseObject({}),
  batch: z.number(),
  views: z.array(z.string()),
  augment: z.array(z.unknown()),
  encoder: z.array(z.looseObject({ name: z.string() })),
  learn: z.looseObject({ name: z.string(), rule: z.looseObject({}) }),
  optimizer: z.looseObject({}),
  dtype: z.string(),
})
const isProgram = (value: object | undefined): value is Program =>
  value !== undefined && 'origin' in value && programSchema.safeParse(value).success
