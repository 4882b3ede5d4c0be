import { onnxruntime, type InferenceSession, type Tensor } from './onnxruntime.ts'
import { bytesOf, type HostTensor } from '../../../runtime/values/tensor.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'
import type { Described, Session } from '../../../runtime/platform/platform.ts'

let last: Promise<unknown> = Promise.resolve()

/** A session of onnxruntime-web, on the machine that it was loaded for. On WebGPU it makes one at a time, and refuses two. */
export function webSession(graph: Uint8Array, _: SessionOptions, exact: boolean): Promise<Session> {
  const made = last.then(() => create(graph, exact))
  last = made.catch(() => undefined)
  return made
}

async function create(graph: Uint8Array, exact: boolean): Promise<Session> {
  const { ort, machine } = onnxruntime()
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: machine.kind === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
    graphOptimizationLevel: exact || machine.kind === 'webgpu' ? 'disabled' : 'all',
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

const described = (value: InferenceSession.ValueMetadata): Described => ({
  name: value.name,
  tensor: value.isTensor ? { type: value.type, shape: value.shape } : undefined,
})

/** A tensor as onnxruntime takes it, of the same memory. */
function wrap({ type, data, shape }: HostTensor): Tensor {
  const { Tensor } = onnxruntime().ort
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape)
  if (data instanceof Float64Array) return new Tensor('float64', data, shape)
  if (data instanceof Float32Array) return new Tensor('float32', data, shape)
  if (data instanceof Uint16Array) return new Tensor('float16', data, shape)
  return type === 'bool' ? new Tensor('bool', data, shape) : new Tensor('uint8', data, shape)
}

/** What it gives is its own memory: it is copied to where it is wanted. */
function write(tensor: Tensor | undefined, into: HostTensor, name: string): void {
  const data = tensor?.data
  if (!ArrayBuffer.isView(data) || data.byteLength !== into.data.byteLength)
    throw new Error(`${name} is not the ${into.type}[${into.shape.join(', ')}] that was wanted`)
  bytesOf(into.data).set(bytesOf(data))
}
