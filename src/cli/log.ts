import { eventLine } from '../../bin/say.mjs'

export { asksForJson } from '../../bin/say.mjs'

/** What a command says, as text or as JSON: an object a line, on the stream where the text would be. */

export const formats = ['text', 'json'] as const

export type Level = 'info' | 'warning' | 'error'

let json = false
/** Whether what is being written is a line of ours already. */
let isLine = false

/** Whether all that is said is said in JSON. */
export const isJson = (): boolean => json

const lineOf = (level: Level, event: string, fields: object): string => `${eventLine(level, event, fields)}\n`

/** Writes an event; only where all is said in JSON. */
export function tellEvent(
  level: Level,
  event: string,
  fields: object,
  stream: Pick<NodeJS.WriteStream, 'write'> = process.stderr,
): void {
  isLine = true
  try {
    stream.write(lineOf(level, event, fields))
  } finally {
    isLine = false
  }
}

/** What is written, as text. */
function textOf(chunk: string | Uint8Array, encoding: unknown): string {
  if (typeof chunk !== 'string') return Buffer.from(chunk).toString()
  const isOther = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  return isOther ? Buffer.from(chunk, encoding).toString() : chunk
}

/** From now on what anybody writes to the two streams is JSON: whole texts, as events called `message`. */
export function logJson(): void {
  json = true
  for (const [stream, level] of [
    [process.stdout, 'info'],
    [process.stderr, 'warning'],
  ] as const) {
    const write = stream.write.bind(stream) as (chunk: string | Uint8Array, ...rest: unknown[]) => boolean
    const asJson = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      if (isLine) return write(chunk, ...rest)
      const message = textOf(chunk, rest[0]).replace(/^\n+|\s+$/g, '')
      // An encoding was that of the text; what is left is who wants to know when it is written.
      const done = rest.filter((each) => typeof each === 'function')
      return write(message === '' ? '' : lineOf(level, 'message', { message }), ...done)
    }
    stream.write = asJson
  }
}
