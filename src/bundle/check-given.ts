import { UserError } from '../base/error.ts'
import { makesViews } from './makes-views.ts'
import type { Manifest } from './manifest.ts'
import type { InputRole } from './roles.ts'
import type { Section } from './schema/section.ts'

/**
 * What a section is given by whoever runs it, by role. Where names are told, its graphs find it by these, and each of them has
 * a reader; else by the role alone.
 */
type Given = ReadonlyMap<InputRole, readonly string[] | undefined>

/** What graphs find in the section itself: see `checkSections`. */
const within: ReadonlySet<InputRole> = new Set<InputRole>(['parameter', 'state', 'activity', 'draw'])

const given = (...roles: readonly (readonly [InputRole, names?: readonly string[]])[]): Given =>
  new Map(roles.map(([role, names]) => [role, names]))

interface Expected {
  readonly name: string
  readonly section: Section
  readonly given: Given
  /** Whether random numbers are drawn for it. */
  readonly draws: boolean
}

const images = given(['images', ['images']])

function expectedOf({
  train,
  sharded,
  augment,
  encode,
  logits,
  validation,
  probes,
}: Manifest): readonly Expected[] {
  const views = augment.graphs.flatMap(({ outputs }) => outputs.map(({ name }) => name))
  const step = given(['views', views], ['labels'], ['rate'], ['step'], ['average'])
  // A step that makes its own views is given what they are made of.
  const stepFromImages = given(['images', ['images']], ['labels'], ['rate'], ['step'], ['average'])
  const training = makesViews(train) ? stepFromImages : step
  const ofShards: Given = new Map([...training, ['shard', undefined]])
  return [
    { name: 'train', section: train, given: training, draws: true },
    ...(sharded ? [{ name: 'sharded', section: sharded, given: ofShards, draws: true }] : []),
    { name: 'augment', section: augment, given: given(['images', ['images']], ['labels']), draws: true },
    // A module may draw where it should not: that is told where features are asked for.
    { name: 'encode', section: encode, given: images, draws: true },
    ...(logits ? [{ name: 'logits', section: logits, given: images, draws: true }] : []),
    ...(validation ? [{ name: 'validation', section: validation, given: step, draws: true }] : []),
    ...probes.flatMap(({ name: probe, train: taught, classify, products }) => {
      const name = `probe ${probe}`
      const rows = given(['features', ['features']])
      const teaching = given(['features'], ['labels'], ['rate'], ['step'])
      const tiles = given(['features', ['asked', 'known']])
      return [
        { name, section: taught, given: teaching, draws: false },
        { name, section: classify, given: rows, draws: false },
        ...(products ? [{ name, section: products, given: tiles, draws: false }] : []),
      ]
    }),
  ]
}

/**
 * Checks that graphs read what they are given from outside, under its role and its name, and nothing else; and that all that
 * they are given is read.
 *
 * @throws UserError ('BundleError')
 */
export function checkGiven(manifest: Manifest, path: string): void {
  for (const expected of expectedOf(manifest)) {
    const problem = problemOf(expected)
    if (problem === undefined) continue
    throw new UserError('BundleError', `${path}: in section ${expected.name}, ${problem}`, {
      help: 'Compile the program again.',
    })
  }
}

function problemOf({ section, given, draws }: Expected): string | undefined {
  const read = new Map<InputRole, Set<string>>()
  for (const { name: graph, inputs } of section.graphs)
    for (const { role, name } of inputs) {
      const known = given.get(role)
      if (!within.has(role) && (!given.has(role) || known?.includes(name) === false))
        return `graph '${graph}' is to be given ${role} '${name}', which nobody provides`
      const names = read.get(role) ?? new Set()
      read.set(role, names.add(name))
    }
  for (const [role, names = []] of given)
    for (const name of names)
      if (read.get(role)?.has(name) !== true) return `no graph reads the ${role} '${name}'`
  const drawn = new Set<string>()
  for (const { name } of section.draws) {
    if (!draws) return `'${name}' is to be drawn, which nobody does`
    if (drawn.has(name)) return `'${name}' is drawn twice`
    if (read.get('draw')?.has(name) !== true) return `no graph reads '${name}', which is drawn`
    drawn.add(name)
  }
  return undefined
}
