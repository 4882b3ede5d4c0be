import { inspect } from 'node:util'

/** What was thrown, as plain text that can be relied on: programs throw anything, errors that throw when read included. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Of errors of Node.js and of the system; otherwise empty. */
  readonly code: string
}

const MOST_LETTERS = 2000
const MOST_LINES = 20

/** The beginning of a text that is too long to be read, and how much there is of it. */
export function shortened(text: string): string {
  const lines = text.slice(0, MOST_LETTERS).split('\n')
  const start = lines.slice(0, MOST_LINES).join('\n')
  if (start.length === text.length) return text
  return `${start} … (${text.length.toLocaleString('en')} letters in all)`
}

/** A part of a value as text; empty where it is none, or cannot be read. */
function textOf(value: object, name: string): string {
  try {
    const part: unknown = Reflect.get(value, name)
    return typeof part === 'string' ? part : ''
  } catch {
    return ''
  }
}

export const isError = (value: unknown): value is Error => {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

export const readThrown = (error: Error): Thrown => ({
  name: shortened(textOf(error, 'name')) || 'Error',
  message: shortened(textOf(error, 'message')),
  stack: textOf(error, 'stack'),
  code: textOf(error, 'code'),
})

/** Whatever was thrown, in a line: `'a string'`, `{ code: 3 }`. */
export function showThrown(value: unknown): string {
  try {
    return shortened(inspect(value, { depth: 1, breakLength: Infinity }))
  } catch {
    return `something (${typeof value}) that cannot be shown`
  }
}

/** What an error says was behind it: the errors of an AggregateError, and its cause. */
export function behind(error: Error): readonly string[] {
  const read = (name: string): unknown => {
    try {
      return Reflect.get(error, name)
    } catch {
      return undefined
    }
  }
  const line = (each: unknown): string => {
    if (!isError(each)) return showThrown(each)
    const { name, message } = readThrown(each)
    return message === '' ? name : `${name}: ${message}`
  }
  const errors = read('errors')
  const several: readonly unknown[] = Array.isArray(errors) ? errors : []
  const more = several.length > 5 ? [`and ${several.length - 5} more`] : []
  const cause = read('cause')
  return [
    ...several.slice(0, 5).map((each) => `- ${line(each)}`),
    ...more,
    ...(cause === undefined ? [] : [`caused by ${line(cause)}`]),
  ]
}
