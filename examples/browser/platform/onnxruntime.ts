import type * as Onnxruntime from 'onnxruntime-web/wasm'
import type { Machine } from '../messages.ts'

export type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'

interface Loaded {
  readonly ort: typeof Onnxruntime
  readonly machine: Machine
}
let loaded: Loaded | undefined

/** Loads onnxruntime for the sessions to come, whose WebAssembly lies in `ort/` beside the page. */
export async function loadOnnxruntime(machine: Machine): Promise<void> {
  const ort = await (machine.kind === 'webgpu' ? import('onnxruntime-web') : import('onnxruntime-web/wasm'))
  ort.env.wasm.wasmPaths = new URL('ort/', self.location.href).href
  ort.env.wasm.numThreads = machine.threads
  ort.env.logLevel = 'fatal'
  loaded = { ort, machine }
}

/** @throws Error where it was not loaded */
export function onnxruntime(): Loaded {
  if (!loaded) throw new Error('onnxruntime is not loaded')
  return loaded
}
