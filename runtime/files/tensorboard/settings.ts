import type { RunFolder } from '../run-files.ts'

/** What tells runs apart, by name: TensorBoard shows it as a text, and compares runs by it. */
export type Settings = Readonly<Record<string, string | number | boolean>>

export function settingsOf({ bundle, record }: Pick<RunFolder, 'bundle' | 'record'>): Settings {
  const { program, train } = bundle.manifest
  const { data, split, dataset, seed, totalSteps, provider, tf32, threads, init, validation } = record
  return {
    ...{ program: program.name, rule: program.rule, credit: program.credit, batch: train.batch },
    ...named('optimizer', 'name', program.optimizer),
    ...named('rate', 'kind', train.rate ?? {}),
    ...named('options', '', program.options ?? {}),
    ...{ data, split, images: dataset.count, seed, steps: totalSteps, provider, threads },
    ...(tf32 === undefined ? {} : { tf32 }),
    ...(init ? { init: init.weights } : {}),
    ...(validation === undefined ? {} : { validation }),
  }
}

/** A list that is longer is a curve, and no setting. */
const LONGEST_LIST = 16

/** The parts of something by name, `of` itself being what it is. */
function named(of: string, is: string, parts: Readonly<Record<string, unknown>>): Settings {
  const settings = Object.entries(parts).flatMap(([name, value]) => {
    const told = toldOf(value)
    return told === undefined ? [] : [[name === is ? of : `${of}.${name}`, told] as const]
  })
  return Object.fromEntries(settings)
}

function toldOf(value: unknown): Settings[string] | undefined {
  if (Array.isArray(value))
    return value.length <= LONGEST_LIST && value.every((each) => toldOf(each) !== undefined)
      ? value.join(', ')
      : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined
}
