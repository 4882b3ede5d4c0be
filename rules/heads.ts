import { check, init, type RuleContext, type Tensor } from 'hebb'
import { standardised } from './rows.ts'

/**
 * Projection heads and predictors: small MLPs on features [rows, features] that belong to the rule, learn by its loss
 * and are left out of the encoder. Between their layers batch normalisation, by statistics of the rows given, and ReLU.
 */
export interface Head {
  (x: Tensor): Tensor
  /** Features that come out. */
  readonly width: number
  /** The same head with an exponential moving average of its parameters. */
  readonly average: (decay: number) => (x: Tensor) => Tensor
}

export interface HeadOptions {
  /** Whether batch normalisation comes before each ReLU; it makes the biases superfluous. Default true. */
  readonly normalise?: boolean
  /** What follows the last product: nothing, a bias, or normalisation without scale and shift. */
  readonly last?: 'plain' | 'biased' | 'standardised'
}

/** What widths of a head may be. */
export const widths = check.list(check.count, 'widths, whole numbers from 1')

interface Stage {
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  /** Of the batch normalisation, where there is one. */
  readonly scale: Tensor | undefined
  readonly shift: Tensor | undefined
}

/**
 * A head with these widths, from the first layer to its output; parameters are called `name.0.weight`, …
 * Without widths it hands its input on.
 */
export function mlp(
  { parameter, average }: RuleContext,
  name: string,
  inputs: number,
  widths: readonly number[],
  { normalise = true, last = 'plain' }: HeadOptions = {},
): Head {
  const stages = widths.map((width, i): Stage => {
    const fan = widths[i - 1] ?? inputs
    const hidden = i < widths.length - 1
    const own = (what: string, start: init.Init) =>
      parameter(`${name}.${i}.${what}`, [width], { init: start })
    const [normalised, biased] = hidden ? [normalise, !normalise] : [false, last === 'biased']
    return {
      weight: parameter(`${name}.${i}.weight`, [width, fan]),
      bias: biased ? own('bias', init.uniform(1 / Math.sqrt(fan))) : undefined,
      scale: normalised ? own('scale', init.constant(1)) : undefined,
      shift: normalised ? own('shift', init.zeros()) : undefined,
    }
  })
  const run = (x: Tensor, through: readonly Stage[]) => {
    const out = through.reduce((below, stage, i) => apply(i === 0 ? below : below.relu(), stage), x)
    return last === 'standardised' && stages.length > 0 ? standardised(out) : out
  }
  return Object.assign((x: Tensor) => run(x, stages), {
    width: widths.at(-1) ?? inputs,
    average: (decay: number) => {
      const slow = stages.map((stage) => replaced(stage, (value) => average(value, decay)))
      return (x: Tensor) => run(x, slow)
    },
  })
}

function apply(x: Tensor, { weight, bias, scale, shift }: Stage): Tensor {
  const product = x.matmul(weight, { transposeB: true })
  if (bias) return product.add(bias)
  return scale && shift ? standardised(product).mul(scale).add(shift) : product
}

const replaced = (stage: Stage, by: (parameter: Tensor) => Tensor): Stage => ({
  weight: by(stage.weight),
  bias: stage.bias && by(stage.bias),
  scale: stage.scale && by(stage.scale),
  shift: stage.shift && by(stage.shift),
})
