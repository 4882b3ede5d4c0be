import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, type Program } from '../../src/index.ts'
import { writeBundle } from '../../src/onnx/write-bundle.ts'
import { loadBundle } from '../../runtime/index.ts'

/** The graphs that a GPU would run. */

export interface Placed {
  readonly title: string
  readonly file: string
  readonly sha256: string
  /** The most steps that one run does, where the number is free. */
  readonly stepsPerRun: number
}

const recipes = new URL('../../rules/recipes/', import.meta.url)

const isProgram = (value: unknown): value is Program =>
  typeof value === 'object' && value !== null && 'encoder' in value && 'learn' in value && 'views' in value

/** Every program that a recipe exports, compiled for CUDA into a folder of its own. */
export async function compiledRecipes(folder: string, stepsPerRun: number): Promise<Placed[]> {
  const graphs: Placed[] = []
  for (const file of readdirSync(recipes).filter((name) => name.endsWith('.ts'))) {
    const exported = (await import(new URL(file, recipes).href)) as Readonly<Record<string, unknown>>
    for (const [name, program] of Object.entries(exported)) {
      if (name === 'default' || !isProgram(program)) continue
      const bundle = join(folder, `${basename(file, '.ts')}-${name}`)
      writeBundle(bundle, compile(program, { target: 'cuda', stepsPerRun }))
      graphs.push(...graphsOf(bundle, `${file}#${name}`))
    }
  }
  return graphs
}

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
