import {
  colourJitter,
  conv,
  gaussianBlur,
  horizontalFlip,
  hybridImages,
  layer,
  local,
  paintLabel,
  program,
  randomErase,
  randomGrey,
  randomInvert,
  randomResizedCrop,
  relu,
  rotation,
  sgd,
  simclr,
  solarise,
  type Program,
  type Transform,
} from '../../src/index.ts'
import { forwardForward } from '../../rules/index.ts'

/** Every transform that Hebb has, by the names of its own. */
export const transforms: Readonly<Record<string, readonly Transform[]>> = {
  randomResizedCrop: [randomResizedCrop({ scale: [0.3, 1] })],
  horizontalFlip: [horizontalFlip()],
  rotation: [rotation({ degrees: 30, fill: 0.5, chance: 0.5 })],
  colourJitter: [colourJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, chance: 0.8 })],
  fixedJitter: [colourJitter({ brightness: 0.4, saturation: 0.4, hue: 0.1, order: 'fixed' })],
  randomGrey: [randomGrey(0.5)],
  randomInvert: [randomInvert(0.5)],
  solarise: [solarise({ chance: 0.5 })],
  gaussianBlur: [gaussianBlur({ sigma: [0.1, 2], fraction: 0.1, chance: 0.5 })],
  narrowBlur: [gaussianBlur({ sigma: [0.5, 1], radius: 1, chance: 0.5 })],
  randomErase: [randomErase({ chance: 0.9 })],
  simclr: simclr({ scale: [0.3, 1] }),
  paintLabel: [paintLabel()],
  hybridImages: [hybridImages()],
}

/** Longer sides are cropped and blurred in another way. */
const sizes = [32, 288]

/** A program for each: in training for CUDA it acts within the loop over steps. */
export const programsOfTransforms = (): (readonly [name: string, program: Program])[] =>
  sizes.flatMap((size) =>
    Object.entries(transforms).map(([name, augment]) => {
      const given = program({
        name: `${name} of ${size} pixels`,
        input: { channels: 3, size },
        views: ['positive', 'negative'],
        augment: [...augment],
        batch: 4,
        encoder: [layer('conv1', conv(4), relu())],
        learn: local(forwardForward()),
        optimizer: sgd({ lr: 0.1 }),
      })
      return [`${name}-${size}`, given] as const
    }),
  )
