import { range } from '../ops/leaf.ts'
import { gridSample } from '../ops/grid-sample.ts'
import { conv2d } from '../ops/conv.ts'
import { concat, Tensor } from './tensor.ts'

/** Uniform numbers that the runtime draws for a transform: [rows], or [rows, …size]. */
export type DrawPerRow = (what: string, ...size: number[]) => Tensor

/** What a transform may know beside the rows themselves. */
export interface AugmentScope {
  /** Names of the views; rows are all images in the first view, then all in the second, … */
  readonly views: readonly string[]
  /** Images in a batch. */
  readonly images: number
  /** Number of classes. */
  readonly classes: number
  /** Classes of the images, int64 [images]. */
  readonly labels: Tensor
}

/**
 * Augmentation as a graph: each transform maps images in 0..1, float32 [rows, channels, height, width], and
 * reads uniform numbers that the runtime draws. The order of the transforms is the order in which they act.
 */
export interface Transform {
  readonly name: string
  readonly apply: (images: Tensor, draw: DrawPerRow, scope: AugmentScope) => Tensor
  /** What it does to images whose features are read, for probes; left out: nothing. */
  readonly encode?: (images: Tensor, scope: Pick<AugmentScope, 'classes'>) => Tensor
}

type Range = readonly [number, number]

const between = (uniform: Tensor, [low, high]: Range): Tensor => uniform.mul(high - low).add(low)
const perRow = (values: Tensor): Tensor => values.reshape(values.dim(0), 1, 1, 1)
/** True for a fraction `chance` of the rows: bool [rows, 1, 1, 1]. Chosen with `where`, pixels stay exact. */
const coin = (uniform: Tensor, chance: number): Tensor => perRow(uniform.less(chance))
/** Pixel centres along an axis, 0 … size - 1, as float32 [size]. */
const pixels = (size: number): Tensor => new Tensor(range('float32', size))

/** Mean over channels by perceived brightness (ITU-R BT.601), [rows, 1, height, width]. */
function luminance(images: Tensor): Tensor {
  if (images.dim(1) !== 3) return images.mean(1).reshape(images.dim(0), 1, images.dim(2), images.dim(3))
  const channel = (c: number, weight: number) => images.slice(1, c, c + 1).mul(weight)
  return channel(0, 0.299).add(channel(1, 0.587)).add(channel(2, 0.114))
}

/**
 * A crop of random area (`scale`, fractions of the image) and aspect ratio, resized to the whole image, and a
 * horizontal flip for half of the rows; bilinear. As torchvision's RandomResizedCrop, but a crop that would
 * be longer than the image is clamped to it instead of being drawn again.
 */
export const randomResizedCrop = ({
  scale = [0.08, 1],
  ratio = [3 / 4, 4 / 3],
  flip = true,
}: { scale?: Range; ratio?: Range; flip?: boolean } = {}): Transform => ({
  name: 'crop',
  apply: (images, draw) => {
    const [rows = 0, , height = 0, width = 0] = images.shape
    const area = between(draw('area'), scale)
    const aspect = between(draw('aspect'), [Math.log(ratio[0]), Math.log(ratio[1])]).exp()
    // Fractions of the image's sides; the aspect ratio is that of the crop in pixels.
    const across = area
      .mul(aspect)
      .sqrt()
      .mul(Math.sqrt(height / width))
      .minimum(1)
    const down = area
      .div(aspect)
      .sqrt()
      .mul(Math.sqrt(width / height))
      .minimum(1)
    // Grid coordinates run from -1 to 1; a crop of share s may be centred within ±(1 - s).
    const centre = (share: Tensor, place: Tensor) =>
      share
        .neg()
        .add(1)
        .mul(between(place, [-1, 1]))
    const side = flip ? between(draw('flip').less(0.5).cast('float32'), [-1, 1]) : undefined
    const line = (size: number) =>
      pixels(size)
        .mul(2 / size)
        .add(1 / size - 1)
    const points = (share: Tensor, middle: Tensor, size: number) =>
      line(size).reshape(1, size).mul(share.reshape(rows, 1)).add(middle.reshape(rows, 1))
    const x = points(side ? across.mul(side) : across, centre(across, draw('left')), width)
    const y = points(down, centre(down, draw('top')), height)
    const grid = concat(
      [
        x.reshape(rows, 1, width, 1).broadcast(rows, height, width, 1),
        y.reshape(rows, height, 1, 1).broadcast(rows, height, width, 1),
      ],
      3,
    )
    return new Tensor(gridSample(images.node, grid.node))
  },
})

/** Mirrors half of the rows left to right. */
export const horizontalFlip = (): Transform => ({
  name: 'flip',
  apply: (images, draw) => {
    const width = images.dim(3)
    const columns = pixels(width)
      .mul(-1)
      .add(width - 1)
      .cast('int64')
    const mirrored = images.transpose(3, 0, 1, 2).rows(columns).transpose(1, 2, 3, 0)
    return coin(draw('flip'), 0.5).where(mirrored, images)
  },
})

export interface JitterOptions {
  /** Factors are drawn from 1 - strength … 1 + strength, and not below 0. */
  readonly brightness?: number
  readonly contrast?: number
  /** Fraction of the rows that are changed. */
  readonly chance?: number
}

/** Multiplies by a random factor, then stretches around the row's mean luminance; clamped to 0..1. */
export const colourJitter = ({
  brightness = 0.8,
  contrast = 0.8,
  chance = 0.8,
}: JitterOptions = {}): Transform => ({
  name: 'jitter',
  apply: (images, draw) => {
    const factor = (name: string, strength: number) =>
      perRow(between(draw(name), [Math.max(0, 1 - strength), 1 + strength]))
    const bright = images.mul(factor('brightness', brightness)).clamp(0, 1)
    const grey = luminance(bright).mean(1, 2, 3).reshape(images.dim(0), 1, 1, 1)
    const stretched = grey.add(bright.sub(grey).mul(factor('contrast', contrast))).clamp(0, 1)
    return coin(draw('chance'), chance).where(stretched, images)
  },
})

/** Replaces a fraction of the rows by their luminance. */
export const randomGrey = (chance = 0.2): Transform => ({
  name: 'grey',
  apply: (images, draw) => coin(draw('chance'), chance).where(luminance(images), images),
})

/** Turns a fraction of the rows into their negatives, 1 - x. */
export const randomInvert = (chance = 0.5): Transform => ({
  name: 'invert',
  apply: (images, draw) => coin(draw('chance'), chance).where(images.neg().add(1), images),
})

/** Fills a rectangle with a random grey; its sides are random fractions of the image's, its place too. */
export const randomErase = ({
  sides = [0.2, 0.5],
  chance = 0.5,
}: { sides?: Range; chance?: number } = {}): Transform => ({
  name: 'erase',
  apply: (images, draw) => {
    const [rows = 0, , height = 0, width = 0] = images.shape
    const inside = (side: string, place: string, size: number) => {
      const length = between(draw(side), sides).mul(size)
      const start = draw(place).mul(length.neg().add(size))
      const at = pixels(size).add(0.5).reshape(1, size)
      const after = at.greater(start.reshape(rows, 1)).cast('float32')
      return after.mul(at.less(start.add(length).reshape(rows, 1)).cast('float32'))
    }
    const across = inside('width', 'left', width).reshape(rows, 1, 1, width)
    const down = inside('height', 'top', height).reshape(rows, 1, height, 1)
    const erased = across.mul(down).greater(0)
    return coin(draw('chance'), chance).where(erased.where(perRow(draw('grey')), images), images)
  },
})

/**
 * Gaussian blur with a random width in pixels for a fraction of the rows. The kernel reaches `radius` pixels;
 * beyond the border the map is zero, and the weights that fell there are shared out among the others.
 */
export const gaussianBlur = ({
  sigma = [0.1, 2],
  radius = 2,
  chance = 0.5,
}: { sigma?: Range; radius?: number; chance?: number } = {}): Transform => ({
  name: 'blur',
  apply: (images, draw) => {
    const [rows = 0, channels = 0, height = 0, width = 0] = images.shape
    const taps = 2 * radius + 1
    const distance = pixels(taps).sub(radius).reshape(1, taps)
    const width2 = between(draw('sigma'), sigma).square().mul(2).reshape(rows, 1)
    const weights = distance.square().div(width2).neg().exp()
    // Every row has its own kernel: rows become groups of one convolution.
    const kernel = (vertical: boolean) => {
      const shape = vertical ? [rows, 1, taps, 1] : [rows, 1, 1, taps]
      const attributes = {
        kernel: shape.slice(2),
        stride: [1, 1],
        padding: vertical ? [radius, 0] : [0, radius],
        dilation: [1, 1],
        groups: rows,
      }
      return (maps: Tensor) =>
        new Tensor(conv2d(maps.node, weights.reshape(...shape).node, undefined, attributes))
    }
    const blur = (maps: Tensor) => kernel(false)(kernel(true)(maps))
    const grouped = images.transpose(1, 0, 2, 3).reshape(channels, rows, height, width)
    const covered = blur(grouped.mul(0).add(1))
    const blurred = blur(grouped).div(covered).transpose(1, 0, 2, 3)
    return coin(draw('chance'), chance).where(blurred, images)
  },
})

/** The paper's SimCLR pipeline without hue and saturation; CIFAR-10 uses scale [0.25, 1]. */
export const simclr = ({ scale = [0.08, 1] as Range } = {}): Transform[] => [
  randomResizedCrop({ scale }),
  colourJitter(),
  randomGrey(0.2),
  gaussianBlur(),
]
