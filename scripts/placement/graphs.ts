import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, type Program } from '../../src/index.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { loadBundle } from '../../runtime/index.ts'

/** The graphs that a GPU would run. */

export interface Placed {
  readonly title: string
  readonly file: string
  readonly sha256: string
  /** The most steps that one run does, where the number is free. */
  readonly stepsPerRun: number
  /** The same graph with convolutions as products of columns, which can be run where cuDNN cannot be imitated. */
  readonly asColumns?: string
}

const recipes = new URL('../../rules/recipes/', import.meta.url)

const isProgram = (value: unknown): value is Program =>
  typeof value === 'object' && value !== null && 'encoder' in value && 'learn' in value && 'views' in value

/**
 * Every program that a recipe exports, compiled for CUDA into a folder of its own.
 *
 * @param run whether graphs will be run too
 */
export async function compiledRecipes(
  folder: string,
  {
    stepsPerRun,
    precision,
    run,
  }: { readonly stepsPerRun: number; readonly precision: Program['precision']; readonly run: boolean },
): Promise<Placed[]> {
  const graphs: Placed[] = []
  for (const file of readdirSync(recipes).filter((name) => name.endsWith('.ts'))) {
    const exported = (await import(new URL(file, recipes).href)) as Readonly<Record<string, unknown>>
    for (const [name, exportedAs] of Object.entries(exported)) {
      if (name === 'default' || !isProgram(exportedAs)) continue
      const program = { ...exportedAs, precision }
      const bundle = join(folder, `${basename(file, '.ts')}-${name}`)
      const options = { target: 'cuda', stepsPerRun } as const
      const compiled = compile(program, options)
      writeBundle(bundle, compiled)
      const columns = `${bundle}-columns`
      const convolutions = (compiled.manifest.lowering?.convolutions ?? []).map(
        ({ convolution }) => convolution,
      )
      const lowering = Object.fromEntries(convolutions.map((each) => [each, 'columns' as const]))
      if (run) writeBundle(columns, compile(program, { ...options, lowering }))
      const placed = graphsOf(bundle, `${file}#${name}`)
      graphs.push(...placed.map((graph) => (run ? { ...graph, asColumns: inFolder(graph, columns) } : graph)))
    }
  }
  return graphs
}

const inFolder = ({ file }: Placed, folder: string): string => join(folder, basename(file))

/** Training, augmentation, features and one probe: the other probes are made of the same ops. */
export function graphsOf(folder: string, title = folder): Placed[] {
  const { train, augment, encode, probes } = loadBundle(folder).manifest
  const [probe] = probes
  const sections = [train, augment, encode, ...(probe ? [probe.train, probe.classify] : [])]
  return sections
    .flatMap(({ graphs, stepsPerRun }) => graphs.map((graph) => ({ ...graph, stepsPerRun })))
    .map(({ name, file, sha256, stepsPerRun }) => ({
      title: `${title} ${name}`,
      file: join(folder, file),
      sha256,
      stepsPerRun,
    }))
}
