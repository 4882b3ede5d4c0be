/** A file of a program for sweeps: with `lr` from 100 on it has a pool that does not fit, which is found when it is compiled. */
export const sweptProgram = `import { adamw, check, conv, layer, local, maxPool, option, program, relu, sweep } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

export default program.options({ lr: option(1e-3, check.positive) }, ({ lr }) => ({
  name: 'tiny',
  input: { channels: 1, size: 28 },
  batch: 20,
  encoder: [layer('conv1', conv(2), relu(), maxPool(4))],
  learn: local(clappPlusPlus(lr < 100 ? 7 : 5)),
  optimizer: adamw({ lr }),
}))
`
