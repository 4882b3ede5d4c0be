import { argument, nothingMore, options as checked } from './check.ts'
import { decay, positive } from './kinds.ts'
import { module, type Module } from './module.ts'

/** Modules that act on every unit; shapes stay as they are. */

/** A module without options. */
function plain(name: string, extra: readonly undefined[], apply: Module['apply']): Module {
  nothingMore(name, extra)
  return module(name, apply)
}

/** max(0, x), element by element. */
export const relu = (...extra: readonly undefined[]): Module => plain('relu', extra, (x) => x.relu())
/** The hyperbolic tangent, element by element. */
export const tanh = (...extra: readonly undefined[]): Module => plain('tanh', extra, (x) => x.tanh())
/** 1 / (1 + exp(-x)), element by element. */
export const sigmoid = (...extra: readonly undefined[]): Module => plain('sigmoid', extra, (x) => x.sigmoid())

/**
 * relu(x - m)^power with m the mean over the channels at the same place, so that only units above the average
 * of their neighbours speak (Coates, Lee & Ng 2011; with a power in SoftHebb, Journé et al. 2023). On maps
 * [rows, channels, H, W] or [rows, features].
 */
export function triangle(options: { readonly power?: number } = {}, ...extra: readonly undefined[]): Module {
  nothingMore('triangle', extra)
  const { power = 1 } = checked('triangle', { power: positive.optional() }, options)
  return module(power === 1 ? 'triangle' : `triangle(${power})`, (x) =>
    x
      .sub(x.mean(1, { keepDims: true }))
      .relu()
      .pow(power),
  )
}

/**
 * Sets a fraction p of the units to zero, drawn anew in each step, and scales the others by 1 / (1 - p), so that
 * the expectation stays (Srivastava et al. 2014; PyTorch's Dropout). The frozen encoder drops nothing.
 */
export function dropout(p: number, ...extra: readonly undefined[]): Module {
  nothingMore('dropout', extra)
  argument('dropout', 'p', decay, p)
  return module(`dropout(${p})`, (x, { training, uniform }) => {
    if (!training || p === 0) return x
    const kept = uniform('dropout', ...x.shape).greaterEqual(p)
    return x.mul(kept.cast(x.dtype).mul(1 / (1 - p)))
  })
}
