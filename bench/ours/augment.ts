import { join } from 'node:path'
import { BatchInputs } from '../../runtime/batches/batch-inputs.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { readSafetensors } from '../../runtime/files/safetensors.ts'
import { inMemory } from '../../runtime/data/stored/in-memory.ts'
import { SEED } from '../seed.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { Work } from './work.ts'

/** Batches from raw bytes to augmented, normalised views, as training makes them, draws included. */
export async function openAugment(folder: string, threads: number): Promise<Work> {
  const bundle = loadBundle(join(folder, 'bundle'))
  const dataset = readImages(join(folder, 'images.safetensors'))
  const inputs = await BatchInputs.create({ bundle, dataset, seed: SEED, threads })
  let done = 0
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) await inputs.at(bundle.manifest.train, done++)
    return []
  }
  return new Map([['hebb', run]])
}

function readImages(path: string): Dataset {
  const images = readSafetensors(path).tensors.get('images')
  if (!(images?.data instanceof Uint8Array)) throw new Error(`${path} holds no bytes called images`)
  const [count = 0, channels = 0, height = 0, width = 0] = images.shape
  return inMemory({
    name: 'noise',
    rows: images.data,
    shape: [channels, height, width],
    labels: new Uint8Array(count),
  })
}
