import type { Ended } from './hebb.ts'

/** What no output of `hebb` may hold, whatever it was given. */
const never: readonly (readonly [pattern: RegExp, problem: string])[] = [
  [/^\s+at (async )?\S.*\((file:\/\/|node:|\/).*:\d+:\d+\)$/m, 'a stack trace'],
  [/^ {4}at /m, 'a stack trace'],
  [/This is a bug of hebb/, 'it calls itself a bug of hebb'],
  [/^Node\.js v\d/m, 'Node.js ends it with an error that nobody caught'],
  [/FATAL ERROR|terminate called|Segmentation fault|core dumped/, 'a crash'],
  [/\[[EF]:onnxruntime/, 'a log line of onnxruntime'],
  [/DeprecationWarning|ExperimentalWarning|MaxListenersExceeded/, 'a warning of Node.js'],
]

/** Every complaint about a text once. */
export const complaintsOfText = (text: string): string[] => [
  ...new Set(never.filter(([pattern]) => pattern.test(text)).map(([, problem]) => problem)),
]

/** Codes that a command may end with by itself: docs say what each means. */
export const documented = [0, 1, 2, 130]

export const firstLine = (text: string): string => (/\S.*/.exec(text)?.[0] ?? '').slice(0, 160)

/** What is wrong about how a process ended, whatever it was asked to do. */
export function complaints(ended: Ended, expected: readonly number[] = documented): string[] {
  const { code, signal, stdout, stderr, stopped } = ended
  const problems = complaintsOfText(`${stdout}\n${stderr}`)
  if (stopped !== undefined) problems.push(stopped)
  else if (code === null) problems.push(`it was ended by ${String(signal)}`)
  else if (!expected.includes(code)) problems.push(`exit code ${code}, not ${expected.join(' or ')}`)
  if (code === 1 && firstLine(stderr) === '') problems.push('exit code 1 without a word')
  return problems.length === 0 ? [] : [`${problems.join(', ')}: ${firstLine(stderr) || firstLine(stdout)}`]
}
