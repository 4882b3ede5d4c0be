/** What a data set is, whichever files it comes from. */

export type Split = 'train' | 'test'

/** Labelled images; bytes stay bytes until a batch is made of them. */
export interface Dataset {
  /** The name of its folder. */
  readonly name: string
  /** [count, channels, height, width], all in one piece. */
  readonly images: Uint8Array
  /** [count], each below `classes`. */
  readonly labels: Uint8Array
  /** Number of images. */
  readonly count: number
  /** 1 of grey images, 3 of colour. */
  readonly channels: number
  /** In pixels. */
  readonly height: number
  /** In pixels. */
  readonly width: number
  /** Number of classes that labels may have. */
  readonly classes: number
  /** Per channel, of the training images, where a byte of 255 is 1. */
  readonly mean: readonly number[]
  /** Deviation of each channel, of pixels in 0..1. */
  readonly std: readonly number[]
}
