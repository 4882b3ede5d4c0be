import { UserError } from '../../src/base/error.ts'
import { counted, found as taken } from '../../src/base/lists.ts'
import { shown } from '../../src/base/file-error.ts'
import { openForeign, type OpenSafetensors } from '../files/safetensors.ts'
import { allocateStored, convert, isFloatType } from './floats.ts'
import { helpFor, type Asked } from './given-help.ts'
import { renamed } from './name-map.ts'
import { batchCounts, torchNames } from './torch-names.ts'
import { allocate, type HostTensor } from './tensor.ts'
import type { StoredType } from '../files/stored-types.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Weights that a user gives: a PyTorch `state_dict` as safetensors, what we exported, or a checkpoint of another run. */
export interface GivenWeights {
  /** Parameters and states of an encoder, by our names, in its types. */
  readonly values: Map<string, HostTensor>
  /** What the user should know, such as that numbers were rounded. */
  readonly notices: readonly string[]
}

/** The parameters and states of an encoder, or of some of its layers. */
type Encoder = Pick<Section, 'parameters' | 'states'>
type Value = Encoder['parameters'][number] | Encoder['states'][number]
type Stored = OpenSafetensors<StoredType>
type Entry = Stored['entries'][number]

/**
 * Reads all values of an encoder (`manifest.encode`) from a safetensors file, by our names (`conv1.scale`) or PyTorch's
 * (`conv1_norm.weight`). Types that differ are converted.
 *
 * @param asked by what, and what it says of names and layers
 * @throws UserError ('WeightsError') that lists what is missing, unexpected, or of another shape or kind, and where numbers
 *   are NaN or infinite; ('FileError') where the file cannot be read
 */
export function readGivenWeights(
  path: string,
  encoder: Encoder,
  asked: Asked = { by: 'import' },
): GivenWeights {
  const { only } = asked
  const file = openForeign(path)
  const wanted = only ? ofLayers(encoder, only) : encoder
  try {
    const matched = matchedWith(file, path, wanted, asked)
    const values = new Map<string, HostTensor>()
    for (const [value, entry] of matched) values.set(value.name, read(file, path, value, entry))
    return { values, notices: noticesOf(matched) }
  } finally {
    file.close()
  }
}

const ofLayers = ({ parameters, states }: Encoder, layers: readonly string[]): Encoder => ({
  parameters: parameters.filter(({ layer }) => layers.includes(layer)),
  states: states.filter(({ layer }) => layers.includes(layer)),
})

/** For each value of the encoder, the tensor that it is given. */
function matchedWith(
  { entries, metadata }: Stored,
  path: string,
  { parameters, states }: Encoder,
  asked: Asked,
): (readonly [Value, Entry])[] {
  const mayHaveMore = asked.only !== undefined
  const torch = torchNames(parameters, states)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const theirs = renamed(
    entries.map(({ name }) => name),
    asked.map ?? new Map<string, string>(),
    path,
  )
  const left = new Set(theirs.keys())
  // PyTorch counts batches; nothing here reads the count.
  for (const count of batchCounts(torch.values())) left.delete(count)
  const missing: string[] = []
  const wrong: string[] = []
  const wanted: (readonly string[])[] = []
  const amiss = new Set<string>()
  const matched = [...parameters, ...states].flatMap((value): (readonly [Value, Entry])[] => {
    const inTorch = taken(torch, value.name, 'a name of PyTorch')
    const own = [value.name, inTorch].find((name) => left.delete(name))
    const name = own === undefined ? undefined : theirs.get(own)
    const entry = name === undefined ? undefined : byName.get(name)
    if (!entry) {
      wanted.push([value.name, inTorch])
      amiss.add(value.layer)
      missing.push(`missing: ${told(value)}${inTorch === value.name ? '' : `, in PyTorch '${inTorch}'`}`)
      return []
    }
    if (entry.shape.join() !== value.shape.join() || !isFloatType(entry.type)) {
      wrong.push(`wrong: '${shown(entry.name)}' is ${typed(entry)}, and ${told(value)} is wanted`)
      amiss.add(value.layer)
    }
    return [[value, entry]]
  })
  // Of a checkpoint, what optimizer and rule keep is another run's own.
  const unexpected = mayHaveMore || metadata.format === 'hebb-checkpoint' ? [] : [...left]
  const list = [
    ...missing,
    ...wrong,
    ...unexpected.map((name) => `unexpected: '${shown(taken(theirs, name, name))}'`),
  ]
  if (list.length === 0) return matched
  throw new UserError(
    'WeightsError',
    `${path} does not hold the weights of ${mayHaveMore ? 'these layers' : "this program's encoder"}`,
    {
      details:
        list.length > MOST_TOLD ? [...list.slice(0, MOST_TOLD), `and ${list.length - MOST_TOLD} more`] : list,
      help: helpFor(asked, {
        path,
        wanted,
        unasked: [...left].map((name) => taken(theirs, name, name)),
        whole: [...new Set([...parameters, ...states].map(({ layer }) => layer))].filter(
          (layer) => !amiss.has(layer),
        ),
      }),
    },
  )
}

const MOST_TOLD = 40

const typed = ({ type, shape }: Pick<Entry, 'type' | 'shape'>): string => `${type}[${shape.join(', ')}]`
const told = ({ name, type, shape }: Value): string => `'${name}', ${typed({ type, shape })}`

function read(file: Stored, path: string, { name, type, shape }: Value, entry: Entry): HostTensor {
  const stored = allocateStored(entry.type, shape)
  file.fill(entry.name, stored.data)
  const value = entry.type === type ? stored : allocate(type, shape)
  const { data } = value
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw new Error(`'${name}' is ${type}, in which nothing computes`)
  if (value !== stored && isFloatType(entry.type)) convert(stored.data, entry.type, data)
  const bad = data.findIndex((number) => !Number.isFinite(number))
  if (bad >= 0)
    throw new UserError(
      'WeightsError',
      `${path}: element ${bad} of '${shown(entry.name)}' is ${String(data[bad])}`,
      {
        help:
          entry.type === 'float64' && type === 'float32'
            ? 'It is NaN or infinite, or too large for float32.'
            : 'Weights are finite numbers: save them again.',
      },
    )
  return value
}

/** `12 tensors of float16 become float32`. */
function noticesOf(matched: readonly (readonly [Value, Entry])[]): string[] {
  const counts = new Map<string, number>()
  for (const [value, entry] of matched) {
    if (entry.type === value.type) continue
    const change = `${entry.type} to ${value.type}`
    counts.set(change, counted(counts, change) + 1)
  }
  return [...counts].map(
    ([change, count]) => `${count} tensor${count === 1 ? '' : 's'} converted from ${change}`,
  )
}
