import { namesOf, runsOf } from './shard-names.ts'
import type { Section } from './schema/section.ts'

/**
 * Where a section calls what its graphs make as something that they are given: who runs it would take one for the other,
 * or wait for what nobody makes.
 */
export function problemOfRoles(section: Section): string | undefined {
  const { parameters, states, draws, graphs } = section
  const roles = new Map<string, string>()
  const declared = { parameter: parameters, state: states, draw: draws }
  for (const [role, values] of Object.entries(declared)) for (const { name } of values) roles.set(name, role)
  for (const graph of graphs) {
    const runs = runsOf(graph, section)
    const made = graph.outputs.filter(({ role }) => role === 'activity')
    for (const value of [...graph.inputs, ...made])
      for (const name of namesOf(value, runs)) {
        const known = roles.get(name)
        const isMade = known === 'activity' || value.role === 'activity' || value.role === 'shard'
        if (known !== undefined && known !== value.role && isMade)
          return `'${name}' is called both ${known} and ${value.role}`
        roles.set(name, value.role)
      }
  }
  return undefined
}
