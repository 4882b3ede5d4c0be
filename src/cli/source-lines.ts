import { dirname, resolve } from 'node:path'
import { readTextFile } from '../base/regular-file.ts'
import type { Origin } from '../base/error.ts'

/** Programs are written by hand; what is larger is none. */
export const programSize = { largest: 16 * 1024 * 1024, what: 'a program' }

/** Where in a file a pattern stands first; undefined where it does not, or where the file cannot be read. */
export function placeOf(file: string, pattern: RegExp): Origin | undefined {
  let text: string
  try {
    text = readTextFile(file, programSize)
  } catch {
    return undefined
  }
  const found = pattern.exec(text)
  if (!found) return undefined
  const before = text.slice(0, found.index).split('\n')
  return { file: resolve(file), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const beginningOf = (file: string): Origin => ({ file: resolve(file), line: 1, column: 1 })

/** Where a file exports something under this name; its beginning where it does not. */
export const placeOfExport = (file: string, name: string): Origin => {
  const list = String.raw`export\s*\{[^}]*\b${escaped(name)}\b`
  const named = String.raw`export\s+(?:async\s+)?(?:const|let|var|function|class)\s+${escaped(name)}\b|${list}`
  const pattern = new RegExp(name === 'default' ? String.raw`\bexport\s+default\b|${list}` : named)
  return placeOf(file, pattern) ?? beginningOf(file)
}

/** Where a file imports a module that was looked for in vain: a package, or the path that was made of its name. */
export function placeOfImport(importer: string, wanted: string): Origin | undefined {
  const beside = wanted.startsWith(dirname(importer)) ? wanted.slice(dirname(importer).length) : wanted
  return placeOf(
    importer,
    new RegExp(String.raw`(?<=['"][./]*)${escaped(beside.replace(/^[./]+/, ''))}(?=['"/])`),
  )
}

/** Where a pattern stands in a file, if it does so once. */
function placeOfOnly(file: string, pattern: RegExp): Origin | undefined {
  const again = new RegExp(`${pattern.source}[^]*${pattern.source}`)
  return placeOf(file, again) ? undefined : placeOf(file, pattern)
}

/** The only `await` of a file, where it has one. */
export const loneAwait = (file: string): Origin | undefined => placeOfOnly(file, /\bawait\b/)

/** Where a file throws something that is no error, and knows no line: the only such `throw`, or else its beginning. */
export const loneThrow = (file: string): Origin =>
  placeOfOnly(file, /\bthrow\b(?!\s+new\b)/) ?? beginningOf(file)
