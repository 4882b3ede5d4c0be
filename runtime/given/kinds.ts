import { z } from 'zod'
import { callback, flag, list, oneOf, path, whole } from '../../src/base/kinds.ts'
import { splits } from '../data/dataset.ts'
import { providers } from '../session/options.ts'
import { prometheusName, ranges } from './ranges.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { DataSource } from '../data/format.ts'
import type { Dataset, RowShape } from '../data/dataset.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { CheckpointFile } from '../values/checkpoint-file.ts'
import type { ValueSource } from '../values/value-source.ts'
import type { Values } from '../values/value-store.ts'

/** Kinds of values that functions of the runtime are given. A check's message completes the sentence "give …". */

export { flag, list, oneOf, path, splits }

/** A whole number of which `ranges` says what it may be. */
export const wholeIn = (range: readonly [number, number]) => whole(...range)

/** Steps in a run of the graphs. */
export const stepsPerRun = z.union([z.literal('auto'), whole(...ranges.steps)], {
  error: `'auto', or a whole number from ${ranges.steps[0]} to ${ranges.steps[1]}`,
})

const numberOf = (what: string, holds: (value: number) => boolean) =>
  z.custom<number>((value) => typeof value === 'number' && Number.isFinite(value) && holds(value), what)
/** A number above 0. */
export const positive = numberOf('a number above 0', (value) => value > 0)
/** A length in epochs, which is rounded to whole steps. */
export const epochs = numberOf(
  `a number above 0, up to ${ranges.epochs[1]}`,
  (value) => value > 0 && value <= ranges.epochs[1],
)
/** A share that is neither nothing nor all. */
export const share = numberOf('a number above 0 and below 1', (value) => value > 0 && value < 1)

export const textOf = (what: string) =>
  z.custom<string>((value) => typeof value === 'string' && value !== '', what)
/** A word of a command, which may be empty. */
export const word = z.custom<string>((value) => typeof value === 'string', 'text')
export const prometheus = z.custom<string>(
  (value) => typeof value === 'string' && prometheusName.test(value),
  'a path that ends with .prom: node_exporter reads no other files',
)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
/** An object with these parts; what else it has is its own affair. */
const having = <T>(what: string, parts: Readonly<Record<string, (part: unknown) => boolean>>) =>
  z.custom<T>(
    (value) => isObject(value) && Object.entries(parts).every(([name, is]) => is(Reflect.get(value, name))),
    what,
  )
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isText = (value: unknown): boolean => typeof value === 'string'

const isBundle = { manifest: isObject, graph: isFunction }
/** Of a type that what compiles gives, or `loadBundle`. */
export const graphsOf = <T>(what: string) => having<T>(what, isBundle)
export const bundle = graphsOf<Bundle>('a bundle: what compile or loadBundle gives')
/** One whose manifest has a section of this name. */
export const bundleWith = <T>(section: string, what: string) =>
  having<T>(what, { ...isBundle, manifest: (manifest) => isObject(manifest) && section in manifest })
/** Of sections that were compiled alone, one has to be named. */
export const wholeBundle = bundleWith<Bundle>(
  'train',
  'a bundle with a training step: what compile or loadBundle gives; of others, name the section, too',
)
export const section = having<Section>('a section of the manifest of the bundle, such as manifest.encode', {
  ...{ graphs: Array.isArray, schedule: Array.isArray, parameters: Array.isArray, states: Array.isArray },
})
/** The folder of a bundle will do, too. */
export const anyBundle = z.union([path, bundle], {
  error: 'a bundle: its folder, or what compile or loadBundle gives',
})

export const source = having<DataSource>('what findData gives', {
  ...{ path: isText, spec: isText, open: isFunction },
  splits: Array.isArray,
})
/** Where a data set lies will do, too. */
export const anyData = z.union([path, source], {
  error: "a data set: 'PATH', 'KIND:PATH', 'mine.ts#dataset', or what findData gives",
})
/** Of a row of a data set. */
export const rowShape = z.custom<RowShape>(
  (value) =>
    Array.isArray(value) && value.length === 3 && value.every((size) => whole(1).safeParse(size).success),
  '[channels, height, width], whole numbers from 1',
)
export const images = having<Dataset>('a data set: what openDataset or dataset gives', {
  ...{ name: isText, count: (value) => typeof value === 'number', shape: Array.isArray },
  read: isFunction,
})

export const values = z.custom<Values>(
  (value) => value instanceof Map,
  'a Map of values by name, such as the values of loadRunCheckpoint',
)

/** What `openCheckpoint` gives as its `file`. */
export const checkpoint = having<CheckpointFile>('the file of an open checkpoint', {
  path: isText,
  file: (value) => typeof value === 'number',
})
export const startValues = z.union([values, having<ValueSource>('', { fill: isFunction })], {
  error: 'a Map of values by name, such as what initialValues gives',
})

export const signal = having<AbortSignal>('an AbortSignal: new AbortController().signal', {
  aborted: (value) => typeof value === 'boolean',
  addEventListener: isFunction,
  removeEventListener: isFunction,
})

/** What is told as the work goes on. */
export const listener = <T>(hears: string) => callback<T>(`a function, (${hears}) => …`)

/** Where groups of layers are trained by hosts. */
export const hosts = z.strictObject(
  { url: textOf('the address of a server'), creds: path.optional(), groups: wholeIn(ranges.groups) },
  {
    error: `{ url: 'nats://host:4222', groups: 2 }, groups from ${ranges.groups[0]} to ${ranges.groups[1]}, and creds, a path`,
  },
)

/** Numbers of GPUs. */
export const devices = list(wholeIn(ranges.device), 'numbers of GPUs, from 0', 1)

/** Where graphs run. */
export const session = {
  provider: oneOf(...providers).optional(),
  device: wholeIn(ranges.device).optional(),
  tf32: flag.optional(),
  threads: wholeIn(ranges.threads).optional(),
  profile: path.optional(),
} satisfies { readonly [Name in keyof SessionOptions]-?: z.ZodType<SessionOptions[Name]> }
