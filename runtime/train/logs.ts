import { scalarsOf } from '../../src/bundle/scalars.ts'
import type { Metrics } from '../files/metrics-line.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'

/** Numbers that rules show beside their losses, by layer and name. */
export type Logs = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Numbers of a step, as a line of metrics has them. */
export type Shown = Pick<Metrics, 'losses' | 'log'>

/** What a step shows: `log` only where rules log anything. */
export const shownOf = ({
  losses,
  log,
}: {
  readonly losses: Metrics['losses']
  readonly log: Logs
}): Shown => ({ losses, ...(Object.keys(log).length === 0 ? {} : { log }) })

/** What each layer of a section logs, by the names of the outputs that have it. */
export const loggedIn = ({ graphs }: Pick<Section, 'graphs'>) =>
  scalarsOf(graphs).flatMap(({ name: output, layer, log: name }) =>
    layer === undefined || name === undefined ? [] : [{ output, layer, name }],
  )

/** @param values by the names of outputs */
export function logByLayer(section: Pick<Section, 'graphs'>, values: Readonly<Record<string, number>>): Logs {
  const layers = new Map<string, [string, number][]>()
  for (const { output, layer, name } of loggedIn(section)) {
    const value = values[output]
    if (value === undefined) continue
    layers.set(layer, [...(layers.get(layer) ?? []), [name, value]])
  }
  return Object.fromEntries([...layers].map(([layer, numbers]) => [layer, Object.fromEntries(numbers)]))
}

/** The same from the input to the top, whatever order the graphs run in. */
export const inLayerOrder = ({ program }: Pick<Manifest, 'program'>, log: Logs): Logs =>
  Object.fromEntries(
    program.layers.flatMap(({ name }) => {
      const numbers = log[name]
      return numbers ? [[name, numbers] as const] : []
    }),
  )
