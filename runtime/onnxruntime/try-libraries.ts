import { spawnSync } from 'node:child_process'
import { present } from '../../src/base/lists.ts'

/** A library that was looked for, as the system's loader finds it. */
export interface Tried {
  readonly name: string
  /** The file that it is in, where it was loaded. */
  readonly path?: string | undefined
  /** Why it was not: in the loader's words, or how it ended the process. */
  readonly problem?: string | undefined
  /** Whether loading it ends the process. */
  readonly isFatal?: true
}

/**
 * Node.js loads a library for its own use, refuses one that is no addon of it, and would let it go: RTLD_NODELETE keeps
 * it, and /proc then says which file it is.
 */
const script = `
import { readFileSync, writeSync } from 'node:fs'
const [NOW, GLOBAL, NODELETE] = [2, 0x100, 0x1000]
const fileOf = (name) => {
  const stem = name.replace(/^.*\\//, '').replace(/\\.so.*$/, '.so')
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\\n').map((line) => line.slice(73))
  return maps.find((path) => path.replace(/^.*\\//, '').startsWith(stem))
}
for (const name of JSON.parse(process.argv[1])) {
  let problem
  try {
    process.dlopen({ exports: {} }, name, NOW | GLOBAL | NODELETE)
  } catch (error) {
    problem = error.message.startsWith('Module did not self-register') ? undefined : error.message
  }
  writeSync(1, JSON.stringify({ name, problem, path: problem === undefined ? fileOf(name) : undefined }) + '\\n')
}
`

/**
 * Loads libraries one after the other, in a process of its own: one that is damaged may end it.
 *
 * @param names as the loader takes them: a name that it looks for, or a path
 */
export function tryLibraries(names: readonly string[]): readonly Tried[] {
  const tried: Tried[] = []
  while (tried.length < names.length) {
    const rest = names.slice(tried.length)
    const { stdout, signal } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, JSON.stringify(rest)],
      { encoding: 'utf8' },
    )
    tried.push(...stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Tried])))
    if (tried.length < names.length) {
      const name = present(names[tried.length], 'a library')
      tried.push({
        name,
        problem: `it ends the process that loads it (${signal ?? 'without a word'})`,
        isFatal: true,
      })
    }
  }
  return tried
}
