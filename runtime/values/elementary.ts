/**
 * Functions whose every rounding is written down (docs/bundle.md): those of `Math` may differ in their last bit from one
 * engine, or one version of it, to the next, and a seed is to mean the same numbers everywhere.
 */

const view = new DataView(new ArrayBuffer(8))

const LN2_HIGH = 6.9314718036912381649e-1
const LN2_LOW = 1.90821492927058770002e-10

/** The natural logarithm of a positive normal number, as fdlibm's `e_log.c` has it: within 1 unit in the last place. */
export function logarithm(x: number): number {
  view.setFloat64(0, x)
  const high = view.getUint32(0)
  const mantissa = high & 0xfffff
  // Numbers from √2 on count as halves of the next power of two.
  const carry = (mantissa + 0x95f64) & 0x100000
  view.setUint32(0, mantissa | (carry ^ 0x3ff00000))
  const k = (high >>> 20) - 1023 + (carry >>> 20)
  const f = view.getFloat64(0) - 1
  if (((2 + mantissa) & 0xfffff) < 3) return nearOne(f, k)
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1))
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)))
  const r = odd + even
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const half = 0.5 * f * f
    return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f)
  }
  return k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f)
}

/** Of 2^k · (1 + f), f below 2⁻²⁰. */
function nearOne(f: number, k: number): number {
  if (f === 0) return k * LN2_HIGH + k * LN2_LOW
  const r = f * f * (0.5 - 0.3333333333333333 * f)
  return k * LN2_HIGH - (r - k * LN2_LOW - f)
}

/** cos(π · turns), of half turns in [0, 1]: exactly 1, 0 and -1 at 0, ½ and 1. */
export function cosineOfHalfTurns(turns: number): number {
  if (turns <= 0.25) return cosine(Math.PI * turns)
  return turns < 0.75 ? sine(Math.PI * (0.5 - turns)) : -cosine(Math.PI * (1 - turns))
}

/** Of an angle up to π/4, as fdlibm's `k_cos.c` (FreeBSD's form). */
function cosine(x: number): number {
  const z = x * x
  const r =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z *
                (-2.75573143513906633035e-7 +
                  z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))))
  const half = 0.5 * z
  const rest = 1 - half
  return rest + (1 - rest - half + z * r)
}

/** Of an angle up to π/4, as fdlibm's `k_sin.c`. */
function sine(x: number): number {
  const z = x * x
  const r =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)))
  return x + z * x * (-1.66666666666666324348e-1 + z * r)
}

/** `base` to the power of a whole number from 0, by squaring. */
export function wholePower(base: number, exponent: number): number {
  let power = 1
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power *= square
    square *= square
  }
  return power
}
