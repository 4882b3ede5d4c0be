import {
  adamw,
  colourJitter,
  conv,
  gaussianBlur,
  global,
  layer,
  local,
  maxPool,
  program,
  randomErase,
  randomInvert,
  randomResizedCrop,
  rates,
  relu,
  type Credit,
  type Program,
} from 'hebb'
import { clapp, clappDirectFeedback, clappPlusPlus } from 'hebb/rules'

/**
 * The demo: one small encoder for Fashion-MNIST, taught in three ways. Strong augmentation (brightness,
 * contrast, blur, inversion, erasing) keeps the encoder from telling images apart by their mean brightness;
 * the projections learn ten times as fast as the encoder.
 */
const pools = [8, 4, 2, 2]
const projectionRate = 10

/** Length of the demo's trainings; warm-up takes one of them. */
export const epochs = 6

const fashionMnist = (name: string, learn: Credit<'a' | 'b'>): Program =>
  program({
    name,
    input: { channels: 1, size: 28, pad: 2, mean: [0.286], std: [0.353] },
    batch: 64,
    augment: [
      randomResizedCrop({ scale: [0.3, 1] }),
      colourJitter({ chance: 1 }),
      gaussianBlur({ sigma: [0.1, 1.5] }),
      randomInvert(0.3),
      randomErase(),
    ],
    encoder: [16, 32, 64, 128].map((channels, i) =>
      layer(`conv${i + 1}`, conv(channels), relu(), maxPool(2)),
    ),
    learn,
    optimizer: adamw({ lr: rates.cosine(2e-4, { warmup: 1 / epochs }), weightDecay: 0 }),
    readout: pools,
  })

export const plusPlus = fashionMnist('CLAPP++', local(clappPlusPlus(pools, { projectionRate })))
export const directFeedback = fashionMnist(
  'CLAPP++DFB',
  local(clappDirectFeedback(pools, { projectionRate })),
)
export const backpropagation = fashionMnist('BP-CLAPP++', global(clapp({ projectionRate })))

export default plusPlus
