/** What was found out about an encoder from labelled images, or from images alone. */

/** Probes of all layers after one step. */
export interface OnlineProbe {
  readonly step: number
  readonly epoch?: number | undefined
  readonly layers: readonly LayerProbe[]
  /** Of the features of all layers together. */
  readonly all?: Probed | undefined
  readonly images?: ProbedImages | undefined
}

/** How many images a probe learned from and was judged on, and what the latter are: trained on, set aside, or of another split. */
export interface ProbedImages {
  readonly learned: number
  readonly judged: number
  readonly from: 'training' | 'validation' | 'labelled'
}

/** Classifiers that a program has learned itself, the uppermost first. */
export interface OwnClassifiers {
  /** Test images that they were judged on. */
  readonly images: number
  readonly classifiers: readonly OwnClassifier[]
}

export interface OwnClassifier {
  /** The layer that it reads. */
  readonly name: string
  /** Fractions of 1. */
  readonly accuracy: number
  readonly top5?: number | undefined
}

/** Fractions of 1; NaN or left out: not measured. */
export interface Probed {
  readonly linear?: number | undefined
  readonly knn?: number | undefined
}

export interface LayerProbe extends Probed {
  readonly layer: string
}

/** How often images of one class were taken for another. */
export interface Confusion {
  /** What judged, such as `linear probe on spatial features of conv4`. */
  readonly probe: string
  readonly classes: readonly string[]
  /** `counts[true class][judged class]`, images. */
  readonly counts: readonly (readonly number[])[]
}

/** An image to show: PNG bytes, and what it is of. */
export interface Thumb {
  readonly png: Uint8Array
  readonly label?: string | undefined
  /** Drawn as lines, one below the other for each channel. */
  readonly isSignal?: boolean | undefined
}

/** Test images, and the training images whose features are the most like theirs. */
export interface Neighbours {
  /** One sentence: of which images, by which features. */
  readonly caption: string
  readonly queries: readonly NeighboursOf[]
}

export interface NeighboursOf {
  readonly query: Thumb
  /** The nearest first. A neighbour with the label of the query is right, with another wrong. */
  readonly found: readonly Thumb[]
}

/** Features of images as points of a plane. */
export interface Embedding {
  /** How the plane was found, such as `UMAP of spatial features of conv4, 1,000 test images`. */
  readonly method: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly classes: readonly string[]
  /** One per point, an index into `classes`; none where the images have no labels. */
  readonly labels?: readonly number[] | undefined
}
