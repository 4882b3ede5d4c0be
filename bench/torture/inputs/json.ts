import type { Stream } from '../../../runtime/values/random.ts'
import type { Mutation } from './bytes.ts'

/** Texts that stand where JSON had a value. */
const hostile = [
  '1e1',
  '-1',
  '0',
  '1.5',
  '-0',
  '4294967296',
  '9007199254740992',
  '9007199254740993',
  '1e308',
  '1e999',
  '"1"',
  '"1e1"',
  '""',
  '" "',
  '"__proto__"',
  '"../../../../etc/passwd"',
  '"\\u0000"',
  '"\\ud800"',
  'null',
  'true',
  '[]',
  '{}',
  '[[[[]]]]',
  '{"a":{"b":{"c":1}}}',
  'NaN',
  '-Infinity',
  '0x10',
  "'1'",
] as const

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Container = Json[] | Record<string, Json>

const isContainer = (value: Json | undefined): value is Container =>
  typeof value === 'object' && value !== null

/** A value in a document: what holds it, and under which key. */
interface Place {
  readonly parent: Container
  readonly key: string
  readonly path: string
}

function* placesIn(parent: Place['parent'], above = ''): Generator<Place> {
  for (const [key, value] of Object.entries(parent)) {
    const path = above === '' ? key : `${above}.${key}`
    yield { parent, key, path }
    if (isContainer(value)) yield* placesIn(value, path)
  }
}

const get = ({ parent, key }: Place): Json | undefined =>
  Array.isArray(parent) ? parent[Number(key)] : parent[key]
const set = ({ parent, key }: Place, value: Json): void => {
  if (Array.isArray(parent)) parent[Number(key)] = value
  // Plain assignment would change the prototype where the key is __proto__.
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true })
}
const remove = ({ parent, key }: Place): void => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent, key)
}

/** Stands for a text that JSON.stringify would not write. */
const MARK = '<<put here>>'
const written = (document: Json, text = ''): string =>
  JSON.stringify(document, null, 2).replace(JSON.stringify(MARK), () => text)

type Change = (
  document: Json,
  at: Place,
  other: Place,
  random: Stream,
) => readonly [told: string, text: string]

const changes: readonly Change[] = [
  (document, at, _, random) => {
    const text = hostile[random.integer(hostile.length)] ?? ''
    set(at, MARK)
    return [`${at.path} set to ${text}`, written(document, text)]
  },
  (document, at) => {
    remove(at)
    return [`${at.path} removed`, written(document)]
  },
  (document, at) => {
    const value = get(at) ?? null
    if (Array.isArray(at.parent)) at.parent.push(value)
    else set({ ...at, key: `${at.key}2` }, value)
    return [`${at.path} also under another name`, written(document)]
  },
  (document, at) => {
    const value = get(at) ?? null
    remove(at)
    set({ ...at, key: Array.isArray(at.parent) ? '0' : `${at.key} ` }, value)
    return [`${at.path} renamed`, written(document)]
  },
  (document, at) => {
    const text = JSON.stringify(get(at) ?? null)
    set(at, MARK)
    const twice = Array.isArray(at.parent)
      ? `${text}, ${text}`
      : `${text}, ${JSON.stringify(at.key)}: ${text}`
    return [`${at.path} twice`, written(document, twice)]
  },
  (document, at, other) => {
    const [one, two] = [get(at) ?? null, get(other) ?? null]
    set(other, one)
    set(at, two)
    try {
      return [`${at.path} and ${other.path} swapped`, written(document)]
    } catch {
      // One holds the other: a circle cannot be written.
      set(at, null)
      set(other, null)
      return [`${at.path} and ${other.path} set to null`, written(document)]
    }
  },
  (document, at) => {
    set(at, [get(at) ?? null])
    return [`${at.path} put in a list`, written(document)]
  },
  (document, at, _, random) => {
    const value = get(at)
    const near =
      typeof value === 'number' ? value + (random.integer(2) === 0 ? 1 : -0.5) : `${JSON.stringify(value)}x`
    set(at, near)
    return [`${at.path} set to ${near}`, written(document)]
  },
  (document, at) => {
    const depth = 5000
    set(at, MARK)
    return [`${at.path} nested ${depth} deep`, written(document, '['.repeat(depth) + ']'.repeat(depth))]
  },
]

/** One random change of a JSON document that is still JSON, or nearly. */
export function changeJson(text: string, random: Stream): Mutation {
  const document = JSON.parse(text) as Json
  const places = isContainer(document) ? [...placesIn(document)] : []
  const [at, other] = [places[random.integer(places.length)], places[random.integer(places.length)]]
  const change = changes[random.integer(3) === 0 ? 0 : random.integer(changes.length)]
  if (!at || !other || !change) throw new Error('nothing to change')
  const [told, changed] = change(document, at, other, random)
  return { told, bytes: new TextEncoder().encode(changed) }
}
