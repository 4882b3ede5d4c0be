import { initialise } from './initialise.ts'
import { openSafetensors } from './safetensors.ts'
import { allocate, type HostTensor, type TypedData } from './tensor.ts'
import type { Section } from '../src/onnx/manifest.ts'
import type { ValueSource } from './value-store.ts'

/** Parameters as the seed starts them, and states as they say: at zero, or as a parameter starts. */
export function startOf({ parameters, states }: Section, seed: number): ValueSource {
  const parameter = new Map(parameters.map((each) => [each.name, each]))
  const state = new Map(states.map((each) => [each.name, each]))
  const fill = (name: string, zeros: TypedData): boolean => {
    const described = parameter.get(name)
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
  /** Path of a checkpoint; it has been checked that it is one of this program. */
  readonly checkpoint?: string | undefined
}

/** Gives the values of a run's start, one by one, while `use` lasts. */
export async function withStart<Result>(
  section: Section,
  { seed, checkpoint }: Start,
  use: (values: ValueSource) => Promise<Result>,
): Promise<Result> {
  if (checkpoint === undefined) return use(startOf(section, seed))
  const file = openSafetensors(checkpoint)
  try {
    return await use(file)
  } finally {
    file.close()
  }
}

/** All values that the seed starts. */
export const initialValues = (section: Section, seed: number): Map<string, HostTensor> =>
  allValues(section, startOf(section, seed))

/** All values of a section at once. */
export function allValues({ parameters, states }: Section, source: ValueSource): Map<string, HostTensor> {
  return new Map(
    [...parameters, ...states].map(({ name, type, shape }) => {
      const value = allocate(type, shape)
      source.fill(name, value.data)
      return [name, value]
    }),
  )
}
