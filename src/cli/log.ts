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
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      const message = text.replace(/^\n+|\s+$/g, '')
      return write(message === '' ? '' : lineOf(level, 'message', { message }), ...rest)
    }
    stream.write = asJson
  }
}
