import type { RunFolder } from '../run-files.ts'

/** What tells runs apart, by name: TensorBoard shows it as a text, and compares runs by it. */
export type Settings = Readonly<Record<string, string | number | boolean>>

export function settingsOf({ bundle, record }: Pick<RunFolder, 'bundle' | 'record'>): Settings {
  const { program, train } = bundle.manifest
  const { data, split, dataset, seed, totalSteps, provider, threads, init } = record
  const optimizer = Object.entries(program.optimizer).map(([name, value]) => [
    name === 'name' ? 'optimizer' : `optimizer.${name}`,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return {
    ...{ program: program.name, rule: program.rule, credit: program.credit, batch: train.batch },
    ...(Object.fromEntries(optimizer) as Settings),
    ...{ data, split, images: dataset.count, seed, steps: totalSteps, provider, threads },
    ...(init ? { init: init.weights } : {}),
  }
}
