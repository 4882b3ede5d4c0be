import { isMasked } from '../lang/optimizers/settings.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { TracedParameter } from '../cut/registry.ts'
import type { Optimizer } from '../lang/optimizers/optimizer.ts'
import type { OwnSettings, SharedSettings } from '../lang/optimizers/settings.ts'

type Described = Manifest['program']['optimizer']

/** What a manifest says of an optimizer, flat: `layers.conv1.lr`, and the names of what does not decay. */
export const describeOptimizer = (
  { name, settings, shared }: Optimizer,
  parameters: readonly TracedParameter[],
): Described => ({ name, ...settings, ...(shared ? describeShared(shared, parameters) : {}) })

function describeShared(shared: SharedSettings, parameters: readonly TracedParameter[]): Described {
  const { clip, noDecay, layers = {}, parameters: own = {} } = shared
  const infos = parameters.map(({ name, layer, node: { shape } }) => ({ name, layer, shape }))
  return {
    ...byName('layers', layers),
    ...byName('parameters', own),
    ...(noDecay === undefined
      ? {}
      : { noDecay: infos.filter((of) => isMasked(shared, of)).map(({ name }) => name) }),
    ...Object.fromEntries(
      Object.entries(clip ?? {}).map(([kind, most]: [string, number]) => [`clip.${kind}`, most]),
    ),
  }
}

const byName = (option: string, given: Readonly<Record<string, OwnSettings>>): Described =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, settings]) =>
      Object.entries(settings).map(([setting, value]: [string, number]) => [
        `${option}.${name}.${setting}`,
        value,
      ]),
    ),
  )
