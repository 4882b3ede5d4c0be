/** Values of flags and what a command must end with. Names in braces stand for paths of the case: see places.ts. */
export interface Hostile {
  readonly value: string
  readonly codes: readonly number[]
}

const usage = [2]
const mistake = [1]
const either = [1, 2]

const all = (values: readonly string[], codes: readonly number[]): Hostile[] =>
  values.map((value) => ({ value, codes }))

const noNumbers = ['', ' ', 'abc', 'NaN', 'Infinity', '-1', '1e999', '--', '١', '1_000', '1,5']
/** Whole numbers are written in digits, and are small enough to be exact. */
const wholeNumbers = [
  ...all([...noNumbers, '1.5', '1e3', '0x10', '+5', '9007199254740993', '9'.repeat(40)], usage),
  // Zero is a number of some, and so is a number that no machine can count to.
  ...all(['0', '4294967296', '9007199254740991'], [0, 1, 2]),
]
const fractions = all(noNumbers, either)

/** Where something is to be read. */
const inputs = [
  ...all(['{missing}', '{file}', '{empty}', '{pipe}', '{file}/below', '/proc/self/mem'], mistake),
  ...all(['', 'x'.repeat(300)], either),
]
/** Where a folder is to be written. */
const newFolders = [...all(['{file}', '{file}/below', '/proc/hebb', '{pipe}'], mistake), ...all([''], usage)]
/** Where a file is to be written. */
const newFiles = [...all(['{empty}', '{file}/below', '/proc/hebb.json', '.'], mistake), ...all([''], usage)]
const words = all(['', 'nothing', '{missing}', '1e999', '__proto__'], either)

const outputs = ['--out', '--json', '--csv', '--onnx', '--safetensors', '--features']

/** Hostile values of a flag, by what its help says that it takes. */
export function hostileValues(name: string, value: string): readonly Hostile[] {
  if (isOutput(name) && value === 'file') return newFiles
  // Of no use without a server, which is a mistake of usage, whatever the file is.
  if (name === '--creds') return inputs.map((input) => ({ ...input, codes: either }))
  if (name === '--out') return newFolders
  if (['folder', 'run', 'file', 'path', 'weights'].includes(value)) return inputs
  if (name === '--projection-rate' || value === 'fraction') return fractions
  if (name === '--steps-per-run') return all([...noNumbers, '0', '4294967296'], [1, 2])
  return value === 'number' || value === 'steps' ? wholeNumbers : words
}

/** What stands where a command takes an argument. */
export const hostileArguments: readonly Hostile[] = [
  ...all(['{missing}', '{file}', '{pipe}', '{program}#nothing', '/proc/self/mem', '{file}/below'], mistake),
  ...all(['', '-', '.', 'x'.repeat(300), '#', '.ts'], either),
]

export const isOutput = (name: string): boolean => outputs.includes(name)
