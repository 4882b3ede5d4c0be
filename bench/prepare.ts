import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, type CompileOptions } from '../src/index.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { makesViews } from '../src/bundle/makes-views.ts'
import { inMemory } from '../runtime/data/stored/in-memory.ts'
import { drawTensor } from '../runtime/batches/draws.ts'
import { initialise } from '../runtime/values/initialise.ts'
import { stream } from '../runtime/values/random.ts'
import { writeSafetensors } from '../runtime/files/safetensors.ts'
import { elements, type HostTensor } from '../runtime/values/tensor.ts'
import { Stepper, type StepInputs } from '../runtime/train/stepper.ts'
import { writeCase } from './case.ts'
import { SEED } from './seed.ts'
import type { Dataset } from '../runtime/data/dataset.ts'
import type { Bundle } from '../src/bundle/bundle.ts'
import type { Described } from './programs.ts'

/** Gives a temporary folder that is removed in the end. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
  }
  // A benchmark that is stopped leaves nothing behind either; a case at full width is a gigabyte.
  process.once('exit', remove)
  try {
    return await use(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/** Numbers as pixels have them after normalisation: mean 0, deviation 1. */
export function normals(
  name: string,
  shape: readonly number[],
  type: 'float32' | 'float64' = 'float32',
): HostTensor {
  const random = stream(SEED, name)
  const data = type === 'float32' ? new Float32Array(elements(shape)) : new Float64Array(elements(shape))
  for (let index = 0; index < data.length; index++) data[index] = random.normal()
  return { type, shape, data }
}

/** Bytes drawn evenly. */
export function bytes(name: string, shape: readonly number[]): HostTensor {
  const random = stream(SEED, name)
  return {
    type: 'uint8',
    shape,
    data: Uint8Array.from({ length: elements(shape) }, () => random.integer(256)),
  }
}

const IMAGES = 2048

/** Images of three channels and ten classes, for training that makes its own batches. */
export function noise(size: number): Dataset {
  const { data: images } = bytes('images', [IMAGES, 3, size, size])
  const labels = Uint8Array.from({ length: IMAGES }, (_, i) => i % 10)
  if (!(images instanceof Uint8Array)) throw new Error('bytes are not bytes')
  return inMemory({ name: 'noise', rows: images, shape: [3, size, size], labels })
}

/**
 * Writes what both sides of a step read: the bundle, the parameters that the seed starts, and batches of views with the random
 * draws that belong to them. Of a bundle that makes its own views, these are made of bytes, which are there, too.
 */
export async function prepareStep(
  folder: string,
  { program, told }: Described,
  options?: CompileOptions,
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const bundle = compile(program, options)
  writeBundle(join(folder, 'bundle'), bundle)
  const { train } = bundle.manifest
  writeSafetensors(
    join(folder, 'values.safetensors'),
    train.parameters.map((parameter) => [parameter.name, initialise(parameter, SEED)] as const),
  )
  const batches: (readonly [string, HostTensor])[] = []
  for (let index = 0; index < told.batches; index++) {
    const draws = train.draws.map((draw) => [draw.name, drawTensor(draw, SEED, index)] as const)
    const shown = await shownTo(bundle, index, Object.fromEntries(draws))
    for (const [name, value] of [...Object.entries(shown), ...draws])
      batches.push([`${index}/${name}`, value])
  }
  writeSafetensors(join(folder, 'batches.safetensors'), batches)
  writeCase(folder, told)
}

/** Views, and the images that they are made of where a graph does that. */
async function shownTo(bundle: Bundle, index: number, draws: StepInputs): Promise<StepInputs> {
  const { train, augment, program } = bundle.manifest
  const { channels, height, width } = program.input
  if (!makesViews(train)) {
    const rows = program.views.length * train.batch
    const type = program.dtype === 'float64' ? 'float64' : 'float32'
    return { views: normals(`views ${index}`, [rows, channels, height, width], type) }
  }
  const images = bytes(`images ${index}`, [train.batch, channels, height, width])
  const stepper = await Stepper.create(bundle, augment, new Map(), { threads: 1 })
  const [made] = await stepper.run([stepper.pick({ images, ...draws })])
  await stepper.release()
  return { images, ...made?.outputs }
}
