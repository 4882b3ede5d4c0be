import type { Agreement, Alignment, LayerAgreement } from '../../runtime/align/measure.ts'
import type { CheckpointOfRun } from './align-program.ts'
import type { MeasuredProgram } from './align-measure.ts'

/** What was measured of one program; `trained` is the control with trained projections. */
export interface ProgramFigures {
  /** Distinct among the programs of a table. */
  readonly name: string
  readonly path: string
  readonly rule: string
  readonly credit: string
  readonly checkpoint: CheckpointOfRun | null
  readonly batch: number
  readonly secondsPerBatch: number
  readonly encoder: readonly {
    readonly name: string
    readonly summary: string
    readonly shape: readonly number[]
  }[]
  readonly layers: readonly LayerAgreement[]
  readonly mean: Agreement
  readonly meanOfOthers: Agreement | null
  readonly trained:
    (Pick<ProgramFigures, 'layers' | 'mean' | 'meanOfOthers'> & { readonly secondsPerStep: number }) | null
}

export interface AlignmentFigures {
  readonly data: string
  readonly batches: number
  readonly seed: number
  readonly projections: { readonly steps: number; readonly rate: number } | null
  readonly programs: readonly ProgramFigures[]
}

/** The figures of all programs, each under a name of its own. */
export const programFigures = (measured: readonly MeasuredProgram[]): ProgramFigures[] => {
  const names = distinctNames(measured)
  return measured.map(({ path, compiled, checkpoint, alignment, trained }, index) => {
    const { program, alignment: section } = compiled.manifest
    const figures = ({ layers, mean, meanOfOthers }: Alignment) => ({
      ...{ layers, mean },
      meanOfOthers: meanOfOthers ?? null,
    })
    return {
      name: names[index] ?? program.name,
      path,
      rule: program.rule,
      credit: program.credit,
      checkpoint: checkpoint ?? null,
      batch: section.batch,
      secondsPerBatch: alignment.secondsPerBatch,
      encoder: program.layers,
      ...figures(alignment),
      trained: trained ? { ...figures(trained), secondsPerStep: trained.secondsPerStep } : null,
    }
  })
}

/** Programs of one encoder, which share a table and a drawing; in the order in which they were named. */
export const byEncoder = (programs: readonly ProgramFigures[]): ProgramFigures[][] => {
  const groups = new Map<string, ProgramFigures[]>()
  for (const program of programs) {
    const key = JSON.stringify(program.encoder)
    groups.set(key, [...(groups.get(key) ?? []), program])
  }
  return [...groups.values()]
}

/** A program's own name; with its file, or its run, where others have the same; at last with a number. */
function distinctNames(measured: readonly MeasuredProgram[]): string[] {
  const wordings: readonly ((program: MeasuredProgram, index: number) => string)[] = [
    ({ compiled }) => compiled.manifest.program.name,
    ({ compiled, path }) => `${compiled.manifest.program.name} (${path})`,
    ({ compiled, checkpoint }) => `${compiled.manifest.program.name} (${checkpoint?.run ?? 'untrained'})`,
    ({ compiled }, index) => `${compiled.manifest.program.name} (${index + 1})`,
  ]
  const named = wordings.map((wording) => measured.map(wording))
  return named.find((names) => new Set(names).size === names.length) ?? []
}

/** Which layers of a program agree by construction, so that the mean of the others is worth a line. */
export const alikeByConstruction = ({ layers }: Pick<ProgramFigures, 'layers'>): string[] =>
  layers.flatMap(({ layer, byConstruction }) => (byConstruction ? [layer] : []))

/** `conv1, conv2: under global credit …`, each note once for all layers that it is of, by program. */
export const notesOf = ({ name, layers }: ProgramFigures): string[] => {
  const noted = new Map<string, string[]>()
  for (const { layer, notes } of layers)
    for (const note of notes) noted.set(note, [...(noted.get(note) ?? []), layer])
  return [...noted].map(([note, of]) => `${name}, ${of.join(', ')}: ${note}.`)
}
