import { UserError } from '../base/error.ts'
import { scalarsOf } from './scalars.ts'
import type { Manifest } from './manifest.ts'
import type { InputRole } from './roles.ts'
import type { Section } from './schema/section.ts'

/** What a section is given by whoever runs it, under names that are its own. */
const given: ReadonlySet<InputRole> = new Set<InputRole>([
  ...(['views', 'images', 'labels', 'draw', 'rate', 'step', 'average'] as const),
])

/** What must be the same of a training step and of the same dealt to shards: each goes on where the other stopped. */
const parts: readonly (readonly [what: string, of: (section: Section) => unknown])[] = [
  ['images of a batch', ({ batch }) => batch],
  ['steps of a run', ({ stepsPerRun }) => stepsPerRun],
  ['parameters', ({ parameters }) => byName(parameters)],
  ['states', ({ states }) => byName(states)],
  ['draws', ({ draws }) => byName(draws)],
  ['learning rate', ({ rate }) => rate],
  ['average of weights', ({ average }) => average],
  ['loss scales', ({ scaling }) => scaling],
  [
    'losses and logs',
    ({ graphs }) => byName(scalarsOf(graphs)).map(({ name, role, layer, log }) => [name, role, layer, log]),
  ],
  ['inputs', ({ graphs }) => byName(inputsOf(graphs))],
]

interface Named {
  readonly name: string
}
const byName = <T extends Named>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))

/** Each once, whichever graphs read it. */
const inputsOf = (graphs: Section['graphs']) => [
  ...new Map(
    graphs
      .flatMap(({ inputs }) => inputs)
      .filter(({ role }) => given.has(role))
      .map(({ name, role, type, shape }) => [name, { name, role, type, shape }]),
  ).values(),
]

/**
 * Checks that a training step which is dealt to shards is that of the whole batch in all that others see of it.
 *
 * @throws UserError ('BundleError')
 */
export function checkSharded({ train, sharded }: Pick<Manifest, 'train' | 'sharded'>, path: string): void {
  if (sharded === undefined) return
  const fail = (problem: string) =>
    new UserError('BundleError', `${path}: in section sharded, ${problem}`, {
      help: 'Compile the program again.',
    })
  if (train.shards !== undefined) throw fail('and in train, images are dealt to shards')
  if (sharded.shards === undefined) throw fail('images are dealt to no shards')
  const [what] = parts.find(([, of]) => JSON.stringify(of(train)) !== JSON.stringify(of(sharded))) ?? []
  if (what !== undefined) throw fail(`the ${what} differ from those of section train`)
}
