import { check, UserError, type RuleContext, type Tensor } from 'hebb'
import { averaged } from './pooling.ts'

/**
 * Patches of an image as a time axis, from the top of the image down: what a patch says of those below it. The
 * encoder begins with the module `patches(size, stride)`.
 */
export interface PatchOptions {
  /** Predictions per patch: 1 … steps rows below, fewer where the grid has no room. */
  readonly steps?: number
  /** Rows left out before the first prediction, such as those whose patches overlap. */
  readonly skip?: number
  /** Patches in a row of the grid; by default the grid is a square. */
  readonly columns?: number
}

export const patchChecks: check.Checks<PatchOptions> = {
  steps: check.count.optional(),
  skip: check.whole(0).optional(),
  columns: check.count.optional(),
}

/** One step down the grid, [images, rows, columns, features] each; images are those of all views. */
export interface Step {
  /** How many rows further down, less those that are skipped: 1, 2, … */
  readonly k: number
  readonly context: Tensor
  /** What lies k rows below each context. */
  readonly future: Tensor
}

/**
 * Mean of a loss over the steps that the grid has room for. Activity is averaged over each patch.
 *
 * @throws UserError ('RuleError') where the encoder makes no grid of patches with room for a step.
 */
export function meanOverSteps(
  layer: RuleContext,
  { steps = 5, skip = 0, columns }: PatchOptions,
  lossOf: (step: Step) => Tensor,
): Tensor {
  const z = averaged(layer.out.rows)
  const images = layer.images * layer.views.length
  const patches = z.size(0) / images
  const across = columns ?? Math.sqrt(patches)
  const down = patches / across
  if (!Number.isInteger(across) || !Number.isInteger(down))
    throw misfit(`${patches} patches an image do not make a grid`, 'say how many columns it has: columns')
  const grid = z.reshape(images, down, across, z.size(1))
  const below = Array.from({ length: Math.min(steps, down - 1 - skip) }, (_, i) => i + 1 + skip)
  const losses = below.map((rows, i) =>
    lossOf({ k: i + 1, context: grid.slice(1, 0, down - rows), future: grid.slice(1, rows, down) }),
  )
  const [first, ...more] = losses
  if (first) return more.reduce((sum, loss) => sum.add(loss), first).div(losses.length)
  throw misfit(
    `a grid of ${down} × ${across} patches has no row to predict`,
    "begin the first layer with smaller patches: layer('conv1', patches(16, 8), conv(128), relu())",
  )
}

const misfit = (problem: string, help: string) => new UserError('RuleError', problem, { help })
