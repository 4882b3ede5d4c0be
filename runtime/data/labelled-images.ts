/** What a data set is, whichever files it comes from. */

export type Split = 'train' | 'test'

/** Labelled images; bytes stay bytes until a batch is made of them. */
export interface Dataset {
  readonly name: string
  /** [count, channels, height, width], all in one piece. */
  readonly images: Uint8Array
  /** [count], each below `classes`. */
  readonly labels: Uint8Array
  readonly count: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly classes: number
  /** Per channel, of the training images, where a byte of 255 is 1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
}
