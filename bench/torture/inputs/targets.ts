import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { changeArchive } from './archive.ts'
import { changeBytes, type Mutation } from './bytes.ts'
import { changeJson } from './json.ts'
import { changeSafetensors } from './safetensors.ts'
import { tinyProgram } from '../tiny-program.ts'
import type { Stream } from '../../../runtime/values/random.ts'
import type { Base } from './base.ts'

/** A file that is changed, and what is then done with it. */
export interface Target {
  readonly name: string
  /** What is copied, and the file in it. */
  readonly of: keyof Base
  readonly file: string
  readonly change: (bytes: Uint8Array, random: Stream) => Mutation
  /** Makes anew, in the copy, what tells of the change. */
  readonly cover?: (folder: string) => void
  /** The command, given the copy. */
  readonly words: (folder: string, base: Base) => readonly string[]
  /** Whether a change must be seen: the format carries a checksum. */
  readonly sealed: boolean
  /** How many cases of a hundred. */
  readonly share: number
}

/** Either bytes or, of text, what it says. */
const json = (bytes: Uint8Array, random: Stream): Mutation =>
  random.integer(4) === 0 ? changeBytes(bytes, random) : changeJson(new TextDecoder().decode(bytes), random)

/** A line of JSON among others. */
function lines(bytes: Uint8Array, random: Stream): Mutation {
  if (random.integer(2) === 0) return changeBytes(bytes, random)
  const all = new TextDecoder().decode(bytes).trimEnd().split('\n')
  const chosen = random.integer(all.length)
  const { told, bytes: changed } = changeJson(all[chosen] ?? '{}', random)
  const line = new TextDecoder().decode(changed).replaceAll(/\n\s*/g, ' ')
  const text = `${all.with(chosen, line).join('\n')}\n`
  return { told: `line ${chosen + 1}: ${told}`, bytes: new TextEncoder().encode(text) }
}

const manifestSchema = z.looseObject({
  train: z.looseObject({ graphs: z.array(z.looseObject({ file: z.string() })) }),
})

/** Writes the hashes of the training graphs into the manifest, as they are now. */
function hashAnew(folder: string): void {
  const path = join(folder, 'manifest.json')
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const graph of manifest.train.graphs) {
    const file = join(folder, graph.file)
    if (existsSync(file)) graph.sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  }
  writeFileSync(path, JSON.stringify(manifest))
}

const session = ['--threads', '1']
const training = [...session, '--prepare-ahead', '0']
const resume = (folder: string) => ['train', '--resume', '--out', folder, ...training]
const start = (bundle: string, data: string, out: string) => [
  ...['train', bundle, '--data', data, '--out', `${out}.new`, '--steps', '2', ...training],
]
const probe = (folder: string) => ['probe', folder, '--epochs', '1', '--labels', '2', '--k', '3', ...session]
const align = (folder: string) => ['align', tinyProgram, '--checkpoint', folder, '--batches', '1', ...session]
const onPlain = (folder: string, { plain }: Base) => start(folder, plain, folder)
const withData = (folder: string, { bundle }: Base) => start(bundle, folder, folder)

const inRun = { of: 'run', sealed: true, words: resume } as const
const inBundle = { of: 'bundle', sealed: false, words: onPlain } as const
const checkpoint = {
  of: 'run',
  sealed: true,
  file: 'checkpoint.safetensors',
  change: changeSafetensors,
} as const
const images = (ending: string) => `train-images-idx3-ubyte${ending}`

export const targets: readonly Target[] = [
  { ...checkpoint, name: 'checkpoint, resumed', words: resume, share: 20 },
  { ...checkpoint, name: 'checkpoint, probed', words: probe, share: 4 },
  { ...checkpoint, name: 'checkpoint, aligned', words: align, share: 3 },
  { ...inRun, name: 'run.json', file: 'run.json', change: json, share: 9 },
  { ...inRun, name: "run's manifest", file: 'bundle/manifest.json', change: json, share: 7 },
  { ...inRun, name: "run's graph", file: 'bundle/conv1.onnx', change: changeBytes, share: 4 },
  { ...inRun, name: 'metrics', file: 'metrics.jsonl', change: lines, sealed: false, share: 7 },
  { ...inBundle, name: 'manifest', file: 'manifest.json', change: json, share: 10 },
  { ...inBundle, name: 'graph, hash stale', file: 'conv2.onnx', change: changeBytes, sealed: true, share: 4 },
  {
    ...inBundle,
    ...{ name: 'graph, hash made anew', file: 'conv2.onnx', change: changeBytes, cover: hashAnew, share: 10 },
  },
  {
    ...inBundle,
    ...{ name: 'manifest, inspected', file: 'manifest.json', change: json, share: 4 },
    words: (folder) => ['inspect', '--locality', folder],
  },
  {
    ...inBundle,
    ...{ name: 'graph, inspected', file: 'encode.onnx', change: changeBytes, share: 4 },
    words: (folder) => ['inspect', join(folder, 'encode.onnx')],
  },
  {
    ...{ name: 'IDX images', of: 'plain', file: images(''), change: changeBytes, sealed: false, share: 4 },
    words: withData,
  },
  {
    ...{ name: 'IDX labels', of: 'plain', file: 'train-labels-idx1-ubyte', change: changeBytes, share: 2 },
    ...{ sealed: false, words: withData },
  },
  {
    ...{ name: 'IDX images, gzipped', of: 'zipped', file: images('.gz'), change: changeArchive, share: 4 },
    ...{ sealed: false, words: withData },
  },
  {
    ...{ name: 'CIFAR records', of: 'cifar', file: 'data_batch_2.bin', change: changeBytes, share: 4 },
    ...{ sealed: false, words: (folder, { colourBundle }) => start(colourBundle, folder, folder) },
  },
]
