import { at } from '../../../src/base/lists.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'

/** What messages call a group of layers: `conv1 to conv3 of mine`. */
export function nameOf({ schedule }: Section, { manifest: { program } }: Bundle): string {
  const graphs = schedule.map(({ graph }) => graph)
  const layers = program.layers.map(({ name }) => name).filter((name) => graphs.includes(name))
  const named = layers.length > 0 ? layers : graphs
  const [first, last] = [at(named, 0), at(named, named.length - 1)]
  return `${first === last ? first : `${first} to ${last}`} of ${program.name}`
}
