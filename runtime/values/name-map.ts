import { UserError } from '../../src/base/error.ts'
import { found } from '../../src/base/lists.ts'
import { didYouMean } from '../../src/base/near-names.ts'

/**
 * Names of another program's tensors as ours: `features.0=conv1` makes `conv1.weight` of
 * `features.0.weight`, and `encoder=` takes the beginning `encoder.` away.
 */
export type NameMap = ReadonlyMap<string, string>

/**
 * Reads `features.0=conv1,features.3=conv2`; a dot at the end of a name may be written or not.
 *
 * @throws Error whose message says what is wrong with it
 */
export function parseNameMap(text: string): NameMap {
  const map = new Map<string, string>()
  for (const pair of text.split(',')) {
    const [from = '', to, ...more] = pair.split('=').map((word) => word.trim().replace(/\.$/, ''))
    if (from === '' || to === undefined || more.length > 0)
      throw new Error(
        `must be THEIRS=OURS, or THEIRS= to take a beginning away, separated by commas, and '${pair}' is not`,
      )
    if (map.has(from)) throw new Error(`names '${from}' twice`)
    map.set(from, to)
  }
  return map
}

/**
 * Ours for each of the names of a file: of the pairs of the map that are a name, or its beginning up to a dot, the longest.
 *
 * @throws UserError ('WeightsError') where a pair is of no tensor of the file, or two tensors come to one name
 */
export function renamed(names: readonly string[], map: NameMap, path: string): ReadonlyMap<string, string> {
  const used = new Set<string>()
  const result = new Map<string, string>()
  for (const name of names) {
    const [from] = [...map.keys()]
      .filter((each) => name.startsWith(`${each}.`) || (name === each && map.get(each) !== ''))
      .sort((a, b) => b.length - a.length)
    const own =
      from === undefined ? name : `${found(map, from, from)}${name.slice(from.length)}`.replace(/^\./, '')
    if (from !== undefined) used.add(from)
    const other = result.get(own)
    if (other !== undefined)
      throw new UserError('WeightsError', `'${other}' and '${name}' of ${path} would both be '${own}'`, {
        help: 'Give each of them another name in --map.',
      })
    result.set(own, name)
  }
  const idle = [...map.keys()].find((from) => !used.has(from))
  if (idle !== undefined) {
    const modules = [...new Set(names.flatMap(beginnings))]
    throw new UserError('WeightsError', `--map names '${idle}', and ${path} has no tensor of it`, {
      help: didYouMean(idle, modules),
    })
  }
  return result
}

/** `encoder` and `encoder.conv1` of `encoder.conv1.weight`. */
const beginnings = (name: string): string[] =>
  name.split('.').flatMap((_, count, words) => (count === 0 ? [] : [words.slice(0, count).join('.')]))

/** A beginning by which names of a file differ from those that are wanted. */
export interface Prefix {
  readonly prefix: string
  /** How many of those that are wanted are there behind it. */
  readonly count: number
}

/**
 * The beginning, up to a dot, behind which most of what is wanted is found.
 *
 * @param wanted of each value that is missing, the names that it may have
 * @param names those of the file that nothing has asked for
 */
export function commonPrefix(
  wanted: readonly (readonly string[])[],
  names: readonly string[],
): Prefix | undefined {
  const there = new Set(names)
  return [...new Set(names.flatMap(beginnings))]
    .map((prefix) => ({
      prefix,
      count: wanted.filter((each) => each.some((name) => there.has(`${prefix}.${name}`))).length,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .at(0)
}
