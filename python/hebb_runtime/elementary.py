"""Functions whose every rounding docs/bundle.md writes down; those of numpy may differ in their last bit."""

import math

import numpy as np

_LN2_HIGH = 6.93147180369123816490e-1
_LN2_LOW = 1.90821492927058770002e-10


def logarithm(x: np.ndarray) -> np.ndarray:
    """Natural logarithms of positive normal float64 numbers, as fdlibm's ``e_log.c`` has them."""
    bits = np.ascontiguousarray(x, np.float64).view(np.uint64)
    high = (bits >> np.uint64(32)).astype(np.int64)
    mantissa = high & 0xFFFFF
    carry = (mantissa + 0x95F64) & 0x100000
    halved = (mantissa | (carry ^ 0x3FF00000)).astype(np.uint64) << np.uint64(32)
    f = (halved | (bits & np.uint64(0xFFFFFFFF))).view(np.float64) - 1.0
    k = ((high >> 20) - 1023 + (carry >> 20)).astype(np.float64)
    k_low = k * _LN2_LOW
    k_high = k * _LN2_HIGH
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1))
    odd = z * (
        6.666666666666735130e-1
        + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1))
    )
    r = odd + even
    half = 0.5 * f * f
    outer = k_high - ((half - (s * (half + r) + k_low)) - f)
    inner = k_high - ((s * (f - r) - k_low) - f)
    result = np.where(((mantissa - 0x6147A) | (0x6B851 - mantissa)) > 0, outer, inner)
    near = ((2 + mantissa) & 0xFFFFF) < 3
    if near.any():
        small = f * f * (0.5 - 0.3333333333333333 * f)
        close = np.where(f == 0, k_high + k_low, k_high - ((small - k_low) - f))
        result = np.where(near, close, result)
    return result


def cosine_of_half_turns(turns: float) -> float:
    """cos(π · turns), of half turns in [0, 1]."""
    if turns <= 0.25:
        return _cosine(math.pi * turns)
    return _sine(math.pi * (0.5 - turns)) if turns < 0.75 else -_cosine(math.pi * (1 - turns))


def _cosine(x: float) -> float:
    z = x * x
    r = z * (
        4.16666666666666019037e-2
        + z
        * (
            -1.38888888888741095749e-3
            + z
            * (
                2.48015872894767294178e-5
                + z
                * (
                    -2.75573143513906633035e-7
                    + z * (2.08757232129817482790e-9 + z * -1.13596475577881948265e-11)
                )
            )
        )
    )
    half = 0.5 * z
    rest = 1 - half
    return rest + (((1 - rest) - half) + z * r)


def _sine(x: float) -> float:
    z = x * x
    r = 8.33333333332248946124e-3 + z * (
        -1.98412698298579493134e-4
        + z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10))
    )
    return x + z * x * (-1.66666666666666324348e-1 + z * r)


def whole_power(base: float, exponent: int) -> float:
    """``base`` to the power of a whole number from 0, by squaring."""
    power, square = 1.0, base
    while exponent > 0:
        if exponent % 2 == 1:
            power *= square
        square *= square
        exponent //= 2
    return power
