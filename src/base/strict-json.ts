import { shown } from './file-error.ts'

/** More than any file of ours nests or lists; a schema takes seconds to tell what is wrong with a million values. */
const DEEPEST = 64
const MOST_VALUES = 500_000
/** In one object; checkpoints name the most. */
const MOST_NAMES = 25_000

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Where the text that begins at a quote ends: at the next one that is not escaped. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return json.length
}

const unescaped = (raw: string): unknown => (raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw)

/**
 * JSON.parse for files of strangers: refuses what it would let pass, a name that stands twice in an object, of which
 * the last one would count, and what nests so deeply that reading it takes all memory.
 *
 * @throws SyntaxError whose message goes on after the file's name: `is not JSON`, `says "x" twice in one object`
 */
export function parseStrictJson(json: string, mostValues = MOST_VALUES): unknown {
  requireSoundNames(json, mostValues)
  try {
    return JSON.parse(json)
  } catch {
    throw new SyntaxError('is not JSON')
  }
}

/** Looks at brackets and names only; that all else is JSON is checked after it. */
function requireSoundNames(json: string, mostValues: number): void {
  const open: (Set<unknown> | undefined)[] = []
  let text: readonly [start: number, end: number] = [0, 0]
  let values = 1
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) {
      text = [at + 1, endOfText(json, at)]
      at = text[1]
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (open.length === DEEPEST) throw new SyntaxError(`nests more than ${DEEPEST} objects and lists`)
      open.push(code === OPEN_OBJECT ? new Set() : undefined)
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) open.pop()
    else if (code === COMMA && ++values > mostValues)
      throw new SyntaxError(`holds more than ${mostValues} values`)
    else if (code === COLON) addName(open.at(-1), json.slice(...text))
  }
}

function addName(names: Set<unknown> | undefined, raw: string): void {
  let name: unknown
  try {
    name = unescaped(raw)
  } catch {
    throw new SyntaxError('is not JSON')
  }
  if (names?.has(name) === true) throw new SyntaxError(`says "${shown(raw)}" twice in one object`)
  names?.add(name)
  if (names !== undefined && names.size > MOST_NAMES)
    throw new SyntaxError(`names more than ${MOST_NAMES} values in one object`)
}
