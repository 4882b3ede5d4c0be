import { check, type Tensor } from 'hebb'

/**
 * Contrast functions of *Can Local Learning Match Self-Supervised Backpropagation?* (Wu, Delrocq, Gerstner,
 * Bellec, arXiv 2601.21683): how the scores of a positive [rows] and of negatives [K, rows] become one loss.
 * With several negatives, the part of the negatives is averaged over them.
 */
export type Contrast = (positive: Tensor, negative: Tensor) => Tensor

/** L = f(positive) + f(-negative): each score has its own target. */
function separate(name: string, extra: readonly undefined[], f: (score: Tensor) => Tensor): Contrast {
  check.nothingMore(name, extra)
  return (positive, negative) => f(positive).mean().add(f(negative.neg()).mean())
}

/** max(0, 1 - x). */
export const hingeLoss = (score: Tensor): Tensor => score.neg().add(1).relu()

/** f(x) = max(0, 1 - x). */
export const hinge = (...extra: readonly undefined[]): Contrast => separate('hinge', extra, hingeLoss)

/** f(x) = log(1 + exp(1 - x)). */
export const softhinge = (...extra: readonly undefined[]): Contrast =>
  separate('softhinge', extra, (score) => score.neg().add(1).softplus())

/** f(x) = (1 - x)²: not decreasing beyond 1, but its best projection solves linear equations. */
export const squared = (...extra: readonly undefined[]): Contrast =>
  separate('squared', extra, (score) => score.neg().add(1).square())

/** f(x) = -x. */
export const linear = (...extra: readonly undefined[]): Contrast =>
  separate('linear', extra, (score) => score.neg())

/**
 * That of PhyLL (Momeni et al. 2023; the rule itself is `phyll`): L = θ · softplus_θ(negative - positive) with
 * softplus_θ(y) = log(1 + exp(θ y)) / θ, on the difference of the scores; several negatives count with their mean.
 */
export function phyllContrast(
  options: { readonly theta?: number } = {},
  ...extra: readonly undefined[]
): Contrast {
  const { theta = 1 } = check.options('phyllContrast', { theta: check.positive.optional() }, options, extra)
  return (positive, negative) => negative.mean(0).sub(positive).mul(theta).softplus().mean()
}
