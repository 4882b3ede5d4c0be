import { here } from '#here'
import { printable, printableLines } from './printable.ts'

/** Where something was written: a place in the user's own file. */
export interface Origin {
  /** Absolute path. */
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface ErrorDetails {
  /** The user's file and line, when there is one. */
  readonly origin?: Origin | undefined
  /** Further indented lines, such as the operands of an op. */
  readonly details?: readonly string[]
  /** What the user can do about it, one sentence. */
  readonly help?: string | undefined
}

/** `rules/mine.ts:31:5`; paths below the working folder are shown relative to it, as compilers do. */
export function showOrigin({ file, line, column }: Origin): string {
  return `${printable(here.shownPath(file))}:${line}:${column}`
}

const LONGEST_MESSAGE = 20_000

/** Whatever a message repeats of strangers' files: no message moves a cursor, or fills a log. */
const harmless = (message: string): string =>
  printableLines(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message)

/**
 * A mistake of the user's, told so that it can be mended: what, where and what to do. The command line
 * prints it without a stack trace and exits with 1. Anything else that is thrown is a bug of ours.
 */
export class UserError extends Error {
  /** The user's line; undefined where none is to blame. */
  readonly origin: Origin | undefined

  constructor(kind: string, message: string, { origin, details = [], help }: ErrorDetails = {}) {
    const lines = [message]
    if (origin) lines.push(`  at ${showOrigin(origin)}`)
    lines.push(...details.map((line) => `  ${line}`))
    if (help !== undefined) lines.push(`  ${help}`)
    super(harmless(lines.join('\n')))
    this.name = kind
    this.origin = origin
  }

  /** What is wrong, without where it is and what to do. */
  get problem(): string {
    return this.message.split('\n', 1).join('')
  }

  /** Adds what a caller knows and the thrower did not, as a further line. */
  note(line: string): this {
    this.message += harmless(`\n  ${line}`)
    return this
  }
}
