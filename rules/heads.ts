import { init, type RuleContext, type Tensor } from 'hebb'
import { standardised } from './rows.ts'

type Init = ReturnType<typeof init.uniform>

/**
 * Projection heads and predictors: small MLPs on features [rows, features] that belong to the rule, learn by its loss
 * and are left out of the encoder. Between layers, batch normalisation (statistics of the rows given) and ReLU.
 */
export interface Head {
  (x: Tensor): Tensor
  /** Features that come out. */
  readonly width: number
  /** The same head with an exponential moving average of its parameters. */
  readonly average: (decay: number) => (x: Tensor) => Tensor
}

/** Which layers of a head are batch-normalised: those before a ReLU, none, or the last one too (without ReLU). */
export type Normalise = 'hidden' | 'none' | 'all'

interface Stage {
  readonly weight: Tensor
  readonly bias: Tensor | undefined
  /** Of the batch normalisation, where there is one; it makes a bias superfluous. */
  readonly scale: Tensor | undefined
  readonly shift: Tensor | undefined
  readonly last: boolean
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
  normalise: Normalise = 'hidden',
): Head {
  const stages = widths.map((width, i): Stage => {
    const last = i === widths.length - 1
    const fan = widths[i - 1] ?? inputs
    const own = (what: string, start: Init) => parameter(`${name}.${i}.${what}`, [width], { init: start })
    const normalised = normalise === 'all' || (normalise === 'hidden' && !last)
    return {
      weight: parameter(`${name}.${i}.weight`, [width, fan]),
      bias: normalised ? undefined : own('bias', init.uniform(1 / Math.sqrt(fan))),
      scale: normalised ? own('scale', init.constantInit(1)) : undefined,
      shift: normalised ? own('shift', init.zeros()) : undefined,
      last,
    }
  })
  const averaged = (decay: number) => (value: Tensor) => average(value, decay)
  return Object.assign((x: Tensor) => stages.reduce(through, x), {
    width: widths.at(-1) ?? inputs,
    average: (decay: number) => {
      const slow = stages.map((stage) => replaced(stage, averaged(decay)))
      return (x: Tensor) => slow.reduce(through, x)
    },
  })
}

function through(x: Tensor, { weight, bias, scale, shift, last }: Stage): Tensor {
  const product = x.matmul(weight, { transposeB: true })
  const out = scale && shift ? standardised(product).mul(scale).add(shift) : product
  const biased = bias ? out.add(bias) : out
  return last ? biased : biased.relu()
}

const replaced = (stage: Stage, by: (parameter: Tensor) => Tensor): Stage => ({
  ...stage,
  weight: by(stage.weight),
  bias: stage.bias && by(stage.bias),
  scale: stage.scale && by(stage.scale),
  shift: stage.shift && by(stage.shift),
})
