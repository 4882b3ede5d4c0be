import type { Program } from '../lang/program.ts'

/** What a program is shown, as a manifest says it: bytes, unless it says otherwise. */
export function describeInput({ type, channels, height, width, pad, classes, mean, std }: Program['input']) {
  const described = { channels, height, width, pad, classes, mean: [...mean], std: [...std] }
  return type === 'uint8' ? described : { ...described, type }
}
