import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, type CompileOptions } from '../src/index.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { drawTensor } from '../runtime/batches/draws.ts'
import { initialise } from '../runtime/values/initialise.ts'
import { stream } from '../runtime/values/random.ts'
import { writeSafetensors } from '../runtime/files/safetensors.ts'
import { elements, type HostTensor } from '../runtime/values/tensor.ts'
import { writeCase } from './case.ts'
import { SEED } from './seed.ts'
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

/**
 * Writes what both sides of a step read: the bundle, the parameters that the seed starts, and batches of views
 * with the random draws that belong to them.
 */
export function prepareStep(folder: string, { program, told }: Described, options?: CompileOptions): void {
  mkdirSync(folder, { recursive: true })
  const bundle = compile(program, options)
  writeBundle(join(folder, 'bundle'), bundle)
  const { train, program: compiled } = bundle.manifest
  writeSafetensors(
    join(folder, 'values.safetensors'),
    train.parameters.map((parameter) => [parameter.name, initialise(parameter, SEED)] as const),
  )
  const { channels, height, width } = compiled.input
  const rows = compiled.views.length * train.batch
  const batches = Array.from({ length: told.batches }, (_, index) => [
    [`${index}/views`, normals(`views ${index}`, [rows, channels, height, width], program.dtype)] as const,
    ...train.draws.map((draw) => [`${index}/${draw.name}`, drawTensor(draw, SEED, index)] as const),
  ])
  writeSafetensors(join(folder, 'batches.safetensors'), batches.flat())
  writeCase(folder, told)
}
