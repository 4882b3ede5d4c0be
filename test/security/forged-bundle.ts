import onnxProto from 'onnx-proto'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { Trainer } from '../../runtime/train/trainer.ts'
import { tinyDataset, tinyManifest, writeTinyBundle } from '../runtime/tiny-bundle.ts'

/** Bundles as somebody could give them to an engineer who trusts him: good ones, with one thing changed. */

const { ModelProto } = onnxProto.onnx

export type Model = onnxProto.onnx.IModelProto
export type GraphProto = onnxProto.onnx.IGraphProto
export type NodeProto = onnxProto.onnx.INodeProto
export type TensorProto = onnxProto.onnx.ITensorProto

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The graph that is changed. */
export const FORGED = 'first.onnx'

/** Writes a bundle in which one graph has other bytes, with a manifest that says so. */
export function forge(folder: string, change: (bytes: Uint8Array) => Uint8Array): string {
  writeTinyBundle(folder, tinyManifest())
  const [path, manifest] = [join(folder, FORGED), join(folder, 'manifest.json')]
  const old = new Uint8Array(readFileSync(path))
  const bytes = change(old)
  writeFileSync(path, bytes)
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll(sha256(old), sha256(bytes)))
  return folder
}

/** The same, of a change of the decoded model. */
export const forgeModel = (folder: string, change: (graph: GraphProto, model: Model) => void): string =>
  forge(folder, (bytes) => {
    const model = ModelProto.decode(bytes)
    if (!model.graph) throw new Error('a model without a graph')
    change(model.graph, model)
    return ModelProto.encode(model).finish()
  })

/** Loads a bundle, and does a step of training with it. */
export async function trainOneStep(folder: string): Promise<void> {
  const options = { bundle: loadBundle(folder), dataset: tinyDataset(), seed: 0, threads: 1, totalSteps: 1 }
  const trainer = await Trainer.create(options)
  try {
    await trainer.step(0)
  } finally {
    await trainer.release()
  }
}

/** What a user of the bundle is told. @throws where he is told nothing, or where it is no mistake in a file */
export async function refusalOf(folder: string): Promise<UserError> {
  const error: unknown = await trainOneStep(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error
  throw new Error(`the bundle was not refused: ${String(error)}`)
}
