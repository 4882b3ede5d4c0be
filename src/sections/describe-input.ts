import type { Program } from '../lang/program.ts'

/** What a program is shown, as a manifest says it: bytes, unless it says otherwise. */
export function describeInput({ type, ...input }: Program['input']) {
  const described = { ...input, mean: [...input.mean], std: [...input.std] }
  return type === 'uint8' ? described : { ...described, type }
}
