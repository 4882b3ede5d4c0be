import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BatchInputs } from '../../runtime/batches/batch-inputs.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { writeSafetensors } from '../../runtime/files/safetensors.ts'
import { initialise } from '../../runtime/values/initialise.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { compile } from '../../src/index.ts'
import { writeCase } from '../case.ts'
import { bytes } from '../prepare.ts'
import { SEED } from '../seed.ts'
import { MOST_STEPS } from './cases.ts'
import type { CompiledBundle } from '../../src/bundle/bundle-in-memory.ts'
import type { GraphInput } from '../../src/bundle/schema/graph.ts'
import type { Described } from '../programs.ts'

/** Of a case, the bundles, each with its batches in a file of its own: that for CUDA makes its views of bytes. */
export const bundles = {
  cpu: { bundle: 'cpu', batches: 'batches' },
  cuda: { bundle: 'cuda', batches: 'cuda-batches' },
} as const

/** What every step counts for itself. */
const counted = new Set<GraphInput['role']>(['rate', 'step', 'average'])

/**
 * Writes what both sides of a step read: bundles for the CPU and for CUDA, the parameters that the seed starts, and batches of
 * noise: views, as the CPU makes them, and the bytes of which they are made.
 */
export async function prepareCase(folder: string, { program, told }: Described): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const compiled = {
    cpu: compile(program),
    cuda: compile(program, { target: 'cuda', stepsPerRun: MOST_STEPS }),
  }
  const { train, program: described } = compiled.cpu.manifest
  writeSafetensors(
    join(folder, 'values.safetensors'),
    train.parameters.map((parameter) => [parameter.name, initialise(parameter, SEED)] as const),
  )
  const { channels, height, width } = described.input
  const count = told.batches * train.batch
  const { data } = bytes('images', [count, channels, height, width])
  if (!(data instanceof Uint8Array)) throw new Error('bytes are Uint8Array')
  const shape = [channels, height, width] as const
  const dataset = inMemory({ name: 'noise', rows: data, shape, labels: new Uint8Array(count) })
  const inputs = await BatchInputs.create({ bundle: compiled.cpu, dataset, seed: SEED, threads: 1 })
  for (const target of ['cpu', 'cuda'] as const) {
    const { bundle, batches } = bundles[target]
    writeBundle(join(folder, bundle), compiled[target])
    writeSafetensors(
      join(folder, `${batches}.safetensors`),
      await batchesOf(compiled[target], inputs, told.batches),
    )
  }
  await inputs.release()
  writeCase(folder, told)
}

/** `INDEX/NAME` of all that a step is given beside what it counts. */
async function batchesOf({ manifest: { train } }: CompiledBundle, inputs: BatchInputs, count: number) {
  const wanted = train.graphs
    .flatMap((graph) => graph.inputs)
    .flatMap(({ name, role }) => (counted.has(role) ? [] : [name]))
  const all = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const given = Object.entries(await inputs.at(train, index)).filter(([name]) => wanted.includes(name))
      return given.map(([name, value]) => [`${index}/${name}`, value] as const)
    }),
  )
  return all.flat()
}
