import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, type Program } from '../../src/index.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { bytesOfShape } from '../../src/base/type.ts'
import { stepsInRun } from '../../src/bundle/shard-names.ts'
import { loadBundle } from '../../runtime/index.ts'
import { programsOfTransforms } from './transforms.ts'
import type { GraphInput } from '../../src/bundle/schema/graph.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Copy } from './rig.ts'

/** The graphs that a GPU would run. */

export interface Placed {
  readonly title: string
  /** The folder of its bundle. */
  readonly bundle: string
  readonly section: 'train' | 'sharded' | 'augment' | 'encode' | 'probe'
  readonly file: string
  readonly sha256: string
  /** The most steps that one run does, where the number is free. */
  readonly stepsPerRun: number
  /** Bytes of what is stacked along those steps, of each step. */
  readonly stacked: readonly Copy[]
  /** The same graph with convolutions as products of columns, which can be run where cuDNN cannot be imitated. */
  readonly asColumns?: string
}

export interface Ways {
  readonly stepsPerRun: number
  /** In place of the programs' own. */
  readonly precision: Program['precision']
  /** That training steps are dealt to, beside those of whole batches. */
  readonly shards: number | undefined
  /** Whether graphs will be run too. */
  readonly run: boolean
}

const recipes = new URL('../../rules/recipes/', import.meta.url)

const isProgram = (value: unknown): value is Program =>
  typeof value === 'object' && value !== null && 'encoder' in value && 'learn' in value && 'views' in value

/**
 * Every program that a recipe exports, and one for each transform, compiled for CUDA into a folder of its own.
 *
 */
export async function compiledPrograms(folder: string, options: Ways): Promise<Placed[]> {
  const graphs: Placed[] = []
  for (const file of readdirSync(recipes).filter((name) => name.endsWith('.ts'))) {
    const exported = (await import(new URL(file, recipes).href)) as Readonly<Record<string, unknown>>
    for (const [name, program] of Object.entries(exported))
      if (name !== 'default' && isProgram(program))
        graphs.push(
          ...compiled(program, join(folder, `${basename(file, '.ts')}-${name}`), `${file}#${name}`, options),
        )
  }
  for (const [name, program] of programsOfTransforms())
    graphs.push(...compiled(program, join(folder, name), `transform ${name}`, options))
  return graphs
}

function compiled(
  given: Program,
  folder: string,
  title: string,
  { stepsPerRun, precision, shards, run }: Ways,
): Placed[] {
  const program = { ...given, precision }
  const dealt = shards === undefined ? {} : { shards }
  const options = { target: 'cuda', stepsPerRun, ...dealt } as const
  const bundle = compile(program, options)
  writeBundle(folder, bundle)
  if (!run) return graphsOf(folder, title)
  const columns = `${folder}-columns`
  const convolutions = (bundle.manifest.lowering?.convolutions ?? []).flatMap(({ convolution, estimates }) =>
    estimates.columns === undefined ? [] : convolution,
  )
  const lowering = Object.fromEntries(convolutions.map((each) => [each, 'columns' as const]))
  writeBundle(columns, compile(program, { ...options, lowering }))
  return graphsOf(folder, title).map((graph) => ({ ...graph, asColumns: inFolder(graph, columns) }))
}

const inFolder = ({ file }: Placed, folder: string): string => join(folder, basename(file))

/** Training, on whole batches and in shards, augmentation, features and one probe: the other probes are made of the same ops. */
export function graphsOf(folder: string, title = folder): Placed[] {
  const { train, sharded, augment, encode, probes } = loadBundle(folder).manifest
  const [probe] = probes
  const sections: readonly (readonly [Placed['section'], Section])[] = [
    ['train', train],
    ...(sharded ? [['sharded', sharded] as const] : []),
    ...[['augment', augment] as const, ['encode', encode] as const],
    ...(probe ? [['probe', probe.train] as const, ['probe', probe.classify] as const] : []),
  ]
  return sections
    .flatMap(([name, section]) =>
      section.graphs.map((graph) => ({ ...graph, section: name, stepsPerRun: stepsInRun(section) })),
    )
    .map(({ name, section, file, sha256, stepsPerRun, inputs, outputs }) => ({
      title: `${title} ${name}`,
      bundle: folder,
      section,
      file: join(folder, file),
      sha256,
      stepsPerRun,
      stacked: [
        ...inputs.filter(({ role }) => role !== 'parameter' && role !== 'state').map(copied('H2D')),
        ...outputs.filter(({ updates }) => updates === undefined).map(copied('D2H')),
      ],
    }))
}

const copied =
  (way: Copy['way']) =>
  ({ type, shape }: Pick<GraphInput, 'type' | 'shape'>): Copy => ({ way, bytes: bytesOfShape(type, shape) })
