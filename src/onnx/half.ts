/** Bits of the float16 that is nearest to a number; halfway, that of an even last bit. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  // Halfway between the largest and what would come next.
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | toEven(size * 2 ** 24)
  let exponent = -14
  while (size >= 2 ** (exponent + 1)) exponent++
  // A mantissa that is rounded up to the next power carries into the exponent.
  return sign | (((exponent + 15) << 10) + toEven((size / 2 ** exponent - 1) * 1024))
}

function toEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
