import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../src/base/error.ts'
import { isThere } from '../../src/base/file-kind.ts'
import { shown } from '../../src/base/file-error.ts'
import { splits, type Dataset, type Split } from './dataset.ts'
import type { DataSource } from './format.ts'

/** Data sets that a user's own module exports: `--data ./mine.ts#dataset`. */

const modulePath = /^(.*\.(?:[mc]?ts|[mc]?js))(?:#([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/su

/** A module and the name of its export; undefined where the path is none. */
export function ownPath(path: string): { readonly file: string; readonly name: string } | undefined {
  const [, file, name] = modulePath.exec(path) ?? []
  return file === undefined ? undefined : { file, name: name ?? 'default' }
}

const aDataset = z.looseObject({
  name: z.string(),
  count: z.int().positive(),
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  type: z.enum(['uint8', 'float32']),
  read: z.custom<Dataset['read']>((value) => typeof value === 'function'),
})
const isDataset = (value: unknown): value is Dataset =>
  typeof value === 'object' &&
  value !== null &&
  'labels' in value &&
  'classes' in value &&
  aDataset.safeParse(value).success

const made = 'with dataset({ … }) of hebb/runtime; docs/data.md has an example'

/** The last module that was loaded: what is thrown later by nobody else may be from its reader. */
let last: string | undefined
export const loadedData = (): string | undefined => last

async function load(file: string): Promise<Record<string, unknown>> {
  last = file
  try {
    if (/\.m?ts$/.test(file)) await (await import('../../bin/loader.mjs')).registerLoader()
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError('DataError', `${shown(file)} cannot be loaded: ${shown(String(error), 1000)}`, {
      help: 'It is a module that exports a data set.',
    })
  }
}

type Export = Partial<Record<Split, unknown>>
type Maker = () => unknown
const isMaker = (value: unknown): value is Maker => typeof value === 'function'

/** One data set is what is trained on. A function is asked when a split is opened: it may take a while. */
const bySplit = (value: unknown): Export | undefined => {
  if (isDataset(value) || isMaker(value)) return { train: value }
  if (typeof value !== 'object' || value === null) return undefined
  const names = Object.keys(value)
  return names.length > 0 && names.every((name) => (splits as readonly string[]).includes(name))
    ? value
    : undefined
}

/** @throws UserError ('FileError', 'DataError') where there is no such file, no such export, or it is no data set */
export async function ownData(spec: string, file: string, name: string): Promise<DataSource> {
  if (!isThere(file))
    throw new UserError('FileError', `no file ${shown(file)}`, {
      help: 'Give a module that exports a data set.',
    })
  const module = await load(file)
  const which = `${name === 'default' ? 'the default export' : `the export '${name}'`} of ${shown(file)}`
  if (!(name in module))
    throw new UserError('DataError', `there is no such thing as ${which}`, {
      details: [
        `it exports ${
          Object.keys(module)
            .map((each) => shown(each))
            .join(', ') || 'nothing'
        }`,
      ],
      help: `Write: export const ${name === 'default' ? 'dataset' : name} = …, ${made}.`,
    })
  const parts = bySplit(module[name])
  if (!parts)
    throw new UserError('DataError', `${which} is no data set`, {
      help: `Export { train, test }, or one of them, each made ${made}.`,
    })
  const open = async (split: Split): Promise<Dataset> => {
    const part = parts[split]
    const found: unknown = isMaker(part) ? await part() : part
    if (isDataset(found)) return found
    throw new UserError('DataError', `${which} has no data set for ${split}`, { help: `Make it ${made}.` })
  }
  const there = splits.filter((split) => parts[split] !== undefined)
  return {
    spec,
    kind: 'own',
    path: `${resolve(file)}${name === 'default' ? '' : `#${name}`}`,
    splits: there,
    odd: () => [],
    open,
  }
}
