import { bytesOf, allocate, type HostTensor } from './tensor.ts'

/** Values of several steps in one tensor, along a new first axis: what graphs of several steps take and give. */

type Named = Readonly<Record<string, HostTensor>>

/** @param steps the inputs of each step, of the same names, types and shapes */
export function stack(steps: readonly Named[]): Named {
  const [first] = steps
  if (!first) throw new Error('no steps to stack')
  return Object.fromEntries(
    Object.entries(first).map(([name, { type, shape }]) => {
      const stacked = allocate(type, [steps.length, ...shape])
      const target = bytesOf(stacked.data)
      let end = 0
      for (const given of steps) {
        const value = given[name]
        if (value?.type !== type || value.shape.join() !== shape.join())
          throw new Error(`${name} is not the same kind of tensor in every step`)
        target.set(bytesOf(value.data), end)
        end += value.data.byteLength
      }
      return [name, stacked]
    }),
  )
}

/** Step number `step` (from 0) of stacked values: views of their memory. */
export const unstack = (stacked: Named, step: number): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(stacked).map(([name, { type, shape, data }]) => {
      const size = data.length / (shape[0] ?? 1)
      return [name, { type, shape: shape.slice(1), data: data.subarray(step * size, (step + 1) * size) }]
    }),
  )
