import { adamw, conv, layer, local, maxPool, program, relu } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

/** What is tortured: two small layers, whose steps take milliseconds. */
const tiny = (name: string, channels: number, size: number) =>
  program({
    name,
    input: { channels, size },
    batch: 20,
    encoder: [layer('conv1', conv(4), relu(), maxPool(2)), layer('conv2', conv(8), relu(), maxPool(2))],
    learn: local(clappPlusPlus(size / 4)),
    optimizer: adamw({ lr: 1e-3 }),
  })

/** On images of the MNIST family. */
export default tiny('tiny', 1, 28)

/** On images of CIFAR's shape. */
export const colour = tiny('colour', 3, 32)
