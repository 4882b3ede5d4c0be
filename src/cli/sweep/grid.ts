import { createHash } from 'node:crypto'
import { basename, extname } from 'node:path'
import { canonical } from './axes.ts'
import { splitPath } from '../load-program.ts'

/** One run of a sweep. */
export interface SweptRun {
  /** Its folder in that of the sweep: unlike that of any other, and the same whenever the sweep is asked for. */
  readonly name: string
  /** As the command line names it. */
  readonly program: string
  /** Values of its options, as `--set` takes them. */
  readonly options: Readonly<Record<string, string>>
  readonly seed: number
}

/** A program, and what folders of its runs begin with. */
export interface NamedProgram {
  readonly name: string
  readonly path: string
}

export interface Axes {
  readonly programs: readonly NamedProgram[]
  /** Values by option, in the order in which they were given. */
  readonly over: Readonly<Record<string, readonly string[]>>
  readonly seeds: readonly number[]
}

/** Every combination, with the seeds of each together. */
export function gridOf({ programs, over, seeds }: Axes): SweptRun[] {
  const combinations = Object.entries(over).reduce<readonly Readonly<Record<string, string>>[]>(
    (found, [name, values]) => found.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  )
  return programs.flatMap(({ name, path }) =>
    combinations.flatMap((options) =>
      seeds.map((seed) => ({ name: nameOf(name, options, seed), program: path, options, seed })),
    ),
  )
}

/** More than is read at a glance; systems take 255 bytes. */
const LONGEST = 120

/** `mine_lr=0.0001_seed=0`: with a hash at its end where characters had to be replaced, or it would be too long. */
function nameOf(program: string, options: Readonly<Record<string, string>>, seed: number): string {
  const parts = [
    program,
    ...Object.entries(options).map(([name, value]) => `${name}=${canonical(value)}`),
    `seed=${seed}`,
  ]
  // The commas of a list are no part of any number.
  const wanted = parts.map((part) => part.replaceAll(',', '+')).join('_')
  const safe = safeName(wanted)
  if (safe === wanted && safe.length <= LONGEST) return safe
  return `${safe.slice(0, LONGEST)}_${hashOf(JSON.stringify(parts))}`
}

/** Of characters that every file system and every shell takes as they are. */
const safeName = (text: string): string => text.replace(/[^\w.+=-]/gu, '-').replace(/^[.-]+/, '_')

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * Gives programs names: those that had some keep them, and a second one of the same name gets a hash of its path.
 *
 * @param known what the sweep calls the programs that it has
 */
export function namePrograms(paths: readonly string[], known: readonly NamedProgram[]): NamedProgram[] {
  const all = [...known]
  return paths.map((path) => {
    const had = all.find((program) => program.path === path)
    if (had) return had
    const wanted = shortName(path)
    const isTaken = all.some(({ name }) => name.toLowerCase() === wanted.toLowerCase())
    const named = { name: isTaken ? `${wanted}-${hashOf(path)}` : wanted, path }
    all.push(named)
    return named
  })
}

/** `mine.ts#other` is mine-other. */
function shortName(path: string): string {
  const { file, name } = splitPath(path)
  const short = basename(file, extname(file))
  return safeName(name === 'default' ? short : `${short}-${name}`)
}
