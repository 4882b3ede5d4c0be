import { leaves, paths, type Flag, type Leaf } from './tree.ts'
import { hostileArguments, hostileValues, isOutput } from './values.ts'

/** A command line, and with which codes it may end. */
export interface Line {
  readonly words: readonly string[]
  readonly codes: readonly number[]
  /** Whether an output cannot be written: that is to be found before anything is done. */
  readonly unwritable: boolean
}

interface Working {
  /** Arguments, then flags. */
  readonly given: readonly string[]
  readonly flags: readonly string[]
}
const works = (given: readonly string[], flags: readonly string[]): Working => ({ given, flags })

/** What a run that is trained and judged is given. */
const judged = [
  ...['--data', '{images}', '--out', '{new}', '--steps', '2', '--threads', '1'],
  ...['--probe-epochs', '1', '--labels', '2', '--no-report'],
]

/** Command lines that work, each as short a work as there is. */
const working: Readonly<Record<string, Working>> = {
  compile: works(['{program}'], ['--out', '{new}']),
  train: works(['{bundle}'], ['--data', '{images}', '--out', '{new}', '--steps', '2', '--threads', '1']),
  probe: works(['{run}'], ['--epochs', '1', '--labels', '2', '--k', '3', '--threads', '1']),
  run: works(['{bundle}'], judged),
  compare: works(['{run}'], []),
  sweep: works(['{bundle}'], judged),
  work: works([], ['--on', 'nats://127.0.0.1:1', '--data', '{images}', '--once']),
  evaluate: works(['{run}'], ['--threads', '1']),
  export: works(['{run}'], ['--features', '{new}', '--data', '{images}', '--threads', '1']),
  report: works(['{run}'], ['--out', '{new}', '--threads', '1']),
  import: works(['{program}', '{run}/checkpoint.safetensors'], ['--out', '{new}']),
  inspect: works(['{bundle}'], []),
  check: works(['{program}'], []),
  doctor: works(['{bundle}'], ['--threads', '1']),
  align: works(['{program}'], ['--data', '{images}', '--batches', '1', '--threads', '1']),
  'data inspect': works(['{images}'], []),
  'data prepare': works(['{images}'], []),
  'data preview': works(['{program}'], ['--data', '{images}', '--images', '2', '--out', '{new}']),
  'new rule': works(['mine'], ['--out', '{new}']),
  theory: works([], ['--networks', '1']),
  demo: works([], ['--out', '{new}', '--epochs', '1']),
  'install-onnxruntime': works([], []),
  'install-cuda': works([], []),
}
/** The run that it is given has no classifier; no server is there. */
const refused = ['evaluate', 'work']
/** These take minutes, or a network, where nothing is wrong with them. */
const long = ['theory', 'demo', 'install-cuda']

const ends = { help: [0], usage: [2], any: [0, 1, 2] } as const
const line = (words: readonly string[], codes: readonly number[], unwritable = false): Line => ({
  words,
  codes,
  unwritable,
})

/** The flags without this one. */
const without = (flags: readonly string[], name: string): string[] => {
  const place = flags.indexOf(name)
  return place < 0 ? [...flags] : flags.toSpliced(place, 2)
}

function* withFlag(
  { name, value }: Flag,
  start: readonly string[],
  flags: readonly string[],
  isLong: boolean,
) {
  const rest = without(flags, name)
  if (value === undefined) {
    yield line([...start, `${name}=1`, ...rest], ends.usage)
    if (!isLong) yield line([...start, ...rest, name, name], ends.any)
    return
  }
  yield line([...start, ...rest, name], ends.usage)
  yield line([...start, ...rest, name, '--help'], [0, 2])
  yield line([...start, ...rest, name, '--weird'], ends.usage)
  yield line([...start, name, '--seed', ...rest], ends.usage)
  yield line([...start, ...rest, name, 'nothing', '--help'], ends.help)
  for (const [place, { value: hostile, codes }] of hostileValues(name, value).entries()) {
    // Of a long work only what cannot begin.
    if (isLong && codes.includes(0)) continue
    const words = place % 2 === 0 ? [name, hostile] : [`${name}=${hostile}`]
    yield line([...start, ...rest, ...words], codes, isOutput(name) && codes.includes(1))
  }
}

function* ofLeaf({ path, takesArguments, flags }: Leaf): Generator<Line> {
  const name = path.join(' ')
  const known = working[name]
  if (!known) throw new Error(`no command line is known that works: hebb ${name}`)
  const { given, flags: good } = known
  const start = [...path, ...given]
  const isLong = long.includes(name)
  if (!isLong) yield line([...start, ...good], refused.includes(name) ? [1] : [0])
  yield line([...path, '--help'], ends.help)
  yield line([...start, ...good, '--help'], ends.help)
  yield line([...path, '--help', ...given, ...good], ends.help)
  yield line([...start, ...good, '--weird'], ends.usage)
  yield line([...start, ...good, '-x'], ends.usage)
  yield line([...start, ...good, '--weird', '--help'], [0, 2])
  if (name !== 'align' && name !== 'inspect') yield line([...start, 'more', ...good], ends.usage)
  if (given.length > 0) yield line([...path, ...good], ends.usage)
  if (takesArguments)
    for (const { value, codes } of hostileArguments) {
      // A rule's name is no path: whatever is not a name is a mistake of usage; one that is too long for a file is a name.
      const expected = name === 'new rule' && !/^x+$/.test(value) ? ends.usage : codes
      const others = given.slice(1)
      yield line([...path, value, ...others, ...good], expected)
      yield line([...path, ...good, '--', value, ...others], expected)
    }
  for (const flag of flags) yield* withFlag(flag, start, good, isLong)
}

const ofRoot: readonly Line[] = [
  line([], [0, 2]),
  line(['--help'], ends.help),
  line(['--version'], ends.help),
  line(['help'], ends.help),
  line(['help', 'nothing'], [0, 2]),
  line(['nothing'], ends.usage),
  line(['nothing', '--help'], [0, 2]),
  line(['--json'], ends.usage),
  line([''], ends.usage),
  line(['--'], [0, 2]),
  line(['TRAIN'], ends.usage),
]

export const allLines = (): Line[] => [
  ...ofRoot,
  ...paths().flatMap((path) => [line(['help', ...path], [0, 2]), line([...path, '--version'], [0, 2])]),
  ...leaves().flatMap((leaf) => [...ofLeaf(leaf)]),
]
