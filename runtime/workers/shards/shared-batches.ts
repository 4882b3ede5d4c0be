import { bytesOf, type HostTensor, type TypedData } from '../../values/tensor.ts'
import type { DType } from '../../../src/base/dtype.ts'
import type { StepInputs } from '../../train/stepper.ts'

/** Elements of a type in memory that may be shared. */
function elementsIn(type: DType, buffer: ArrayBufferLike): TypedData {
  switch (type) {
    case 'float16':
      return new Uint16Array(buffer)
    case 'float32':
      return new Float32Array(buffer)
    case 'float64':
      return new Float64Array(buffer)
    case 'int64':
      return new BigInt64Array(buffer)
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer)
  }
}

/** Memory of the batches under way, which all workers read. */
export class SharedBatches {
  private readonly places = new Map<string, HostTensor>()

  /** The batch in shared memory; it stays there until another one is put in the same place. */
  put(inputs: StepInputs, place: number): StepInputs {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, { type, shape, data }]) => {
        const known = this.places.get(`${place} ${name}`)
        const fits = known?.data.byteLength === data.byteLength
        const buffer = fits ? known.data.buffer : new SharedArrayBuffer(data.byteLength)
        const shared = { type, shape, data: elementsIn(type, buffer) }
        if (!fits) this.places.set(`${place} ${name}`, shared)
        bytesOf(shared.data).set(bytesOf(data))
        return [name, shared] as const
      }),
    )
  }
}
