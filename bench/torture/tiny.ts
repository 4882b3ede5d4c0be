import { adamw, conv, layer, local, maxPool, program, relu, type Layer } from 'hebb'
import { clappPlusPlus } from 'hebb/rules'

/** What is tortured: small layers, whose steps take milliseconds. */
const tiny = (name: string, channels: number, size: number, further: readonly Layer[] = []) =>
  program({
    name,
    input: { channels, size },
    batch: 20,
    encoder: [
      layer('conv1', conv(4), relu(), maxPool(2)),
      layer('conv2', conv(8), relu(), maxPool(2)),
      ...further,
    ],
    learn: local(clappPlusPlus(size / 4)),
    optimizer: adamw({ lr: 1e-3 }),
  })

/** On images of the MNIST family. */
export default tiny('tiny', 1, 28)

/** On images of CIFAR's shape. */
export const colour = tiny('colour', 3, 32)

/** For groups of layers on hosts of their own. */
export const deep = tiny('deep', 1, 28, [layer('conv3', conv(8), relu())])
