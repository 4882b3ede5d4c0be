import { here } from '#here'
import { UserError } from '../../src/base/error.ts'
import type { Graph } from '../../src/bundle/schema/graph.ts'

/** As much of a message as a terminal shows in a few lines. */
const LONGEST = 300

/**
 * What onnxruntime says, in one line: without the place in its own sources, and with nothing of a damaged file that a
 * terminal would take for a command.
 */
export function shortened(message: string): string {
  const text = message
    .replace(
      /^Non-zero status code returned while running (\w+) node\. Name:'(.*?)' Status Message: /s,
      '$1 $2: ',
    )
    // `/sources/file.cc:191 type name(parameters) const ` before the message itself.
    .replaceAll(/\S+\.(?:cc|cpp|h|hpp):\d+ [^(]*\([^)]*\)(?: const)?(?: \[with [^\]]*\])? ?/g, '')
    .replaceAll(/[\p{Cc}\p{Cf}\uFFFD]+/gu, ' ')
    .trim()
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

const outOfMemory =
  /failed to allocate memory|bad_alloc|bad allocation|array buffer allocation failed|out of memory/i

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
const needsMore = (work: string, how: string): UserError =>
  new UserError('MemoryError', `${work} needs more memory than there is${how}`, {
    help: 'Use a smaller batch or fewer --workers, compile with less --memory, or lift the limit (ulimit -v).',
  })

/** What a run takes has been seen to be a quarter of the estimate, in loops over steps; there may be swap, too. */
const MOST_TOO_HIGH = 4

/**
 * @param bytes an estimate of what a run takes at once
 * @throws UserError ('MemoryError') where that is certainly more than this process may have
 */
export function requireMemory(bytes: number, work: string): void {
  const most = here.memory()
  if (bytes > MOST_TOO_HIGH * most)
    throw needsMore(work, `: ${mebibytes(bytes)} at once, of ${mebibytes(most)}`)
}

/** The error to throw where memory did not suffice, if that is what went wrong. */
export function memoryError(error: unknown, work: string): UserError | undefined {
  // What is said to users says what it is already.
  if (!(error instanceof Error) || error instanceof UserError || !outOfMemory.test(error.message))
    return undefined
  const [, size] = /of size (\d+)/.exec(error.message) ?? []
  return needsMore(work, size === undefined ? '' : `: one buffer of ${mebibytes(Number(size))} was refused`)
}

/** What to throw where onnxruntime refused a graph, or gave up in it: a UserError; `doing` as a message has it. */
export function graphError({ name, file }: Graph, doing: 'load' | 'run', error: unknown): UserError {
  if (error instanceof UserError) return error
  const lacking = memoryError(error, `graph '${name}'`)
  if (lacking) return lacking
  const said = shortened(error instanceof Error ? error.message : String(error))
  return new UserError('BundleError', `onnxruntime cannot ${doing} graph '${name}' (${file}): ${said}`, {
    help: 'Compile the program again. If the new bundle is refused, too, that is a bug of hebb: please report it.',
  })
}
