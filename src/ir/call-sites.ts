import module from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Origin } from '../base/error.ts'

/**
 * Where functions on a stack were called, from V8's structured call sites: the text of a stack cannot be taken apart
 * safely, since paths may hold anything. Positions are those of the source that was written, by source maps.
 */

/** Places in files on the present stack, innermost first. */
export function presentPlaces(limit: number): Iterable<Origin> {
  const holder: { stack?: unknown } = {}
  const before = Error.stackTraceLimit
  if (!Reflect.set(Error, 'stackTraceLimit', limit)) return []
  try {
    Error.captureStackTrace(holder, presentPlaces)
    return placesOf(sitesOf(holder))
  } finally {
    Reflect.set(Error, 'stackTraceLimit', before)
  }
}

/** Places in files on the stack of an error, innermost first; none where it has no stack, or one of its own making. */
export const placesOfError = (error: Error): Generator<Origin> => placesOf(sitesOf(error))

/** A stack may be a getter of the user's. */
function readStack(holder: { readonly stack?: unknown }): unknown {
  try {
    return holder.stack
  } catch {
    return undefined
  }
}

/** What writes stacks down in place of V8: a test runner's, say, which knows its own source maps. */
type Formatter = (error: unknown, sites: readonly NodeJS.CallSite[]) => unknown

interface Sites {
  readonly sites: readonly NodeJS.CallSite[]
  readonly formatter: Formatter | undefined
}

const remembered = new WeakMap<object, Sites>()
const collectors = new WeakSet<Formatter>()

/**
 * V8 hands call sites over once, when a stack is read for the first time, by whomever (`console.log(error)`). From now
 * on they are kept, unless somebody else takes them.
 */
export function keepCallSites(): void {
  const formatter = presentFormatter()
  if (!formatter || !collectors.has(formatter)) Reflect.set(Error, 'prepareStackTrace', collector(formatter))
}

function sitesOf(holder: { readonly stack?: unknown }): Sites {
  const formatter = presentFormatter()
  const before: unknown = Reflect.get(Error, 'prepareStackTrace')
  keepCallSites()
  readStack(holder)
  Reflect.set(Error, 'prepareStackTrace', before)
  return remembered.get(holder) ?? { sites: [], formatter }
}

function presentFormatter(): Formatter | undefined {
  const found: unknown = Reflect.get(Error, 'prepareStackTrace')
  return typeof found === 'function' ? (found as Formatter) : undefined
}

/** What it returns is the text of the stack, for whoever prints the error. */
function collector(formatter: Formatter | undefined): Formatter {
  const collect: Formatter = (error, sites) => {
    if (typeof error === 'object' && error !== null) remembered.set(error, { sites, formatter })
    return error instanceof Error ? written(error, sites, formatter) : undefined
  }
  collectors.add(collect)
  return collect
}

function written(error: Error, sites: readonly NodeJS.CallSite[], formatter: Formatter | undefined): unknown {
  try {
    if (formatter) return formatter(error, sites)
    const lines = sites.map((site) => {
      const place = placeOf(site, undefined)
      const position = `${site.getFileName() ?? ''}:${site.getLineNumber() ?? ''}:${site.getColumnNumber() ?? ''}`
      const shown = place ? `${place.file}:${place.line}:${place.column}` : position
      // eslint-disable-next-line @typescript-eslint/no-base-to-string -- V8's call sites write themselves down
      return `    at ${site.toString().replace(position, () => shown)}`
    })
    return [Error.prototype.toString.call(error), ...lines].join('\n')
  } catch {
    return undefined
  }
}

function* placesOf({ sites, formatter }: Sites): Generator<Origin> {
  for (const site of sites) {
    const place = placeOf(site, formatter)
    if (place) yield place
  }
}

/** Nodes are made in loops, and a source map takes long to read. */
const known = new Map<string, Origin>()
const maps = new Map<string, module.SourceMap | undefined>()

function placeOf(site: NodeJS.CallSite, formatter: Formatter | undefined): Origin | undefined {
  const file = site.getFileName()
  if (typeof file !== 'string' || !isFile(file)) return undefined
  const [line, column] = [site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1]
  const key = `${line}:${column}:${file}`
  const place = known.get(key) ?? Object.freeze(original(site, file, { line, column }, formatter))
  known.set(key, place)
  return place
}

const isFile = (name: string): boolean => /^(file:|\/|[A-Za-z]:[\\/]|\\\\)/.test(name)

/** The query of a URL is no part of a path; in a path, a ? is. */
const pathOf = (file: string): string => (file.startsWith('file:') ? fileURLToPath(file) : file)

type Position = Pick<Origin, 'line' | 'column'>

function original(
  site: NodeJS.CallSite,
  file: string,
  position: Position,
  formatter: Formatter | undefined,
): Origin {
  const map = maps.has(file) ? maps.get(file) : module.findSourceMap(file)
  maps.set(file, map)
  if (!map) return { file: pathOf(file), ...(formatter ? formatted(site, formatter, position) : position) }
  const entry = map.findEntry(position.line - 1, position.column - 1)
  if (!('originalSource' in entry)) return { file: pathOf(file), ...position }
  const { originalSource, originalLine, originalColumn } = entry
  const source = isFile(originalSource) ? originalSource : file
  return { file: pathOf(source), line: originalLine + 1, column: originalColumn + 1 }
}

/** The position that a formatter writes down, read from the right, where paths do not matter. */
function formatted(site: NodeJS.CallSite, formatter: Formatter, position: Position): Position {
  const text = written(new Error(), [site], formatter)
  const [, line, column] = typeof text === 'string' ? (/:(\d+):(\d+)\)?$/.exec(text) ?? []) : []
  return line === undefined ? position : { line: Number(line), column: Number(column) }
}
