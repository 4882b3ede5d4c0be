import { platform } from '#platform'
import { initialise } from './initialise.ts'
import { allocate, copy, type HostTensor, type TypedData } from './tensor.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import type { ValueSource } from './value-source.ts'
import type { Values } from './value-store.ts'

/**
 * Parameters as the seed starts them, and states as they say: at zero, or as a parameter starts.
 *
 * @param given values that are there already, by name
 */
export function startOf(
  { parameters, states }: Pick<Section, 'parameters' | 'states'>,
  seed: number,
  given: Values = new Map(),
): ValueSource {
  const parameter = new Map(parameters.map((each) => [each.name, each]))
  const state = new Map(states.map((each) => [each.name, each]))
  const fill = (name: string, zeros: TypedData): boolean => {
    const [there, described] = [given.get(name), parameter.get(name)]
    if (there) {
      copy(there.data, zeros)
      return true
    }
    if (described) initialise(described, seed, zeros)
    const { layer, type, shape, start } = state.get(name) ?? {}
    if (layer === undefined || type === undefined || shape === undefined) return described !== undefined
    if (start?.kind === 'constant') initialise({ name, layer, type, shape, init: start }, seed, zeros)
    if (start?.kind === 'copy') fill(start.of, zeros)
    return true
  }
  return { fill }
}

/** Where a run begins, in words that can be told to a thread: as the seed says, or where a checkpoint stands. */
export interface Start {
  readonly seed: number
  /** Of this program: see `openCheckpoint`. */
  readonly checkpoint?: CheckpointFile | undefined
}

/** The values of a run's start, to be read one by one. */
export const valuesOf = (section: Section, { seed, checkpoint }: Start): ValueSource =>
  checkpoint === undefined ? startOf(section, seed) : platform.files.valuesIn(checkpoint)

/** All values that the seed starts. */
export const initialValues = (section: Section, seed: number): Map<string, HostTensor> =>
  allValues(section, startOf(section, seed))

/** What the encoder reads and no training graph does: nothing moves it, so it stays as the seed started it. */
export function untaught({ train, encode }: Manifest, seed: number): Map<string, HostTensor> {
  const known = new Set([...train.parameters, ...train.states].map(({ name }) => name))
  const isOther = ({ name }: { readonly name: string }) => !known.has(name)
  const { parameters, states } = encode
  return initialValues(
    { ...encode, parameters: parameters.filter(isOther), states: states.filter(isOther) },
    seed,
  )
}

/** All values of a section at once. */
export function allValues(
  { parameters, states }: Pick<Section, 'parameters' | 'states'>,
  source: ValueSource,
): Map<string, HostTensor> {
  return new Map(
    [...parameters, ...states].map(({ name, type, shape }) => {
      const value = allocate(type, shape)
      source.fill(name, value.data)
      return [name, value]
    }),
  )
}
