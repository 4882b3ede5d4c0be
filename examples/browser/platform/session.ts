import * as ort from 'onnxruntime-web/wasm'
import { bytesOf, type HostTensor } from '../../../runtime/values/tensor.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'
import type { Described, Session } from '../../../runtime/platform/platform.ts'

/** A session of onnxruntime-web, in WebAssembly. Its threads are those that `ort.env.wasm` says when the first is made. */
export async function webSession(graph: Uint8Array, _: SessionOptions, exact: boolean): Promise<Session> {
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: exact ? 'disabled' : 'all',
    enableMemPattern: false,
    logSeverityLevel: 4,
  })
  return {
    inputs: session.inputMetadata.map(described),
    outputs: session.outputMetadata.map(described),
    run: async (inputs, results) => {
      const given = Object.entries(inputs).map(([name, tensor]) => [name, wrap(tensor)] as const)
      const found = await session.run(Object.fromEntries(given), Object.keys(results))
      for (const [name, result] of Object.entries(results)) write(found[name], result, name)
    },
    release: () => session.release(),
  }
}

const described = (value: ort.InferenceSession.ValueMetadata): Described => ({
  name: value.name,
  tensor: value.isTensor ? { type: value.type, shape: value.shape } : undefined,
})

/** A tensor as onnxruntime takes it, of the same memory. */
function wrap({ type, data, shape }: HostTensor): ort.Tensor {
  if (data instanceof BigInt64Array) return new ort.Tensor('int64', data, shape)
  if (data instanceof Float64Array) return new ort.Tensor('float64', data, shape)
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, shape)
  if (data instanceof Uint16Array) return new ort.Tensor('float16', data, shape)
  return type === 'bool' ? new ort.Tensor('bool', data, shape) : new ort.Tensor('uint8', data, shape)
}

/** What it gives is its own memory: it is copied to where it is wanted. */
function write(tensor: ort.Tensor | undefined, into: HostTensor, name: string): void {
  const data = tensor?.data
  if (!ArrayBuffer.isView(data) || data.byteLength !== into.data.byteLength)
    throw new Error(`${name} is not the ${into.type}[${into.shape.join(', ')}] that was wanted`)
  bytesOf(into.data).set(bytesOf(data))
}
