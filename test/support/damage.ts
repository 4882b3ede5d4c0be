import fc from 'fast-check'

/** Ways in which a file comes to harm, each at a place and of a size that are drawn. */
const harms = {
  'a flipped bit': (bytes: Uint8Array, at: number, size: number) =>
    bytes.map((byte, i) => (i === at ? byte ^ (1 << (size % 8)) : byte)),
  'another byte': (bytes: Uint8Array, at: number, size: number) =>
    bytes.map((byte, i) => (i === at ? size % 256 : byte)),
  zeros: (bytes: Uint8Array, at: number, size: number) =>
    bytes.map((byte, i) => (i >= at && i < at + size ? 0 : byte)),
  ones: (bytes: Uint8Array, at: number, size: number) =>
    bytes.map((byte, i) => (i >= at && i < at + size ? 255 : byte)),
  'a missing end': (bytes: Uint8Array, at: number) => bytes.slice(0, at),
  'a missing part': (bytes: Uint8Array, at: number, size: number) =>
    Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]),
  'a part that is there twice': (bytes: Uint8Array, at: number, size: number) =>
    Uint8Array.from([...bytes.subarray(0, at + size), ...bytes.subarray(at)]),
}
export type Harm = keyof typeof harms

/** A copy of a file that came to harm somewhere. */
export const damaged = (
  bytes: Uint8Array,
): fc.Arbitrary<{ readonly harm: Harm; readonly bytes: Uint8Array }> =>
  fc
    .record({
      harm: fc.constantFrom(...(Object.keys(harms) as Harm[])),
      at: fc.nat({ max: Math.max(0, bytes.length - 1) }),
      size: fc.integer({ min: 1, max: 64 }),
    })
    .map(({ harm, at, size }) => ({ harm, bytes: harms[harm](bytes, at, size) }))
