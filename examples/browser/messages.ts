import type { RuleName } from './rules.ts'

/** What a page and the worker that trains for it say to each other. */

/** Where graphs run. */
export interface Machine {
  readonly kind: 'wasm' | 'webgpu'
  /** Of WebAssembly. */
  readonly threads: number
}

export interface Begin {
  readonly kind: 'begin'
  readonly rule: RuleName
  readonly seed: number
  readonly machine: Machine
  /** Steps between looks at the network; none where it is 0. */
  readonly lookEvery: number
}

export type Order =
  | Begin
  /** Steps until told otherwise. */
  | { readonly kind: 'go' }
  | { readonly kind: 'pause' }
  /** One step. */
  | { readonly kind: 'step' }

/** A grey picture, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 0 black to 255 white. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>
}

/** An image of the batch, and what the two views show of it. */
export interface Viewed {
  readonly image: Picture
  readonly views: readonly Picture[]
  readonly name: string
}

/** Kernels of the first layer. */
export interface Kernels {
  readonly width: number
  readonly height: number
  readonly images: readonly Float32Array[]
}

export interface Ready {
  readonly kind: 'ready'
  /** From the input to the top. */
  readonly layers: readonly string[]
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  readonly batch: number
  /** Images that classifiers learn from, and are judged on. */
  readonly learned: number
  readonly judged: number
  readonly kernels: Kernels
  readonly viewed: readonly Viewed[]
}

export interface Stepped {
  readonly kind: 'stepped'
  /** Steps done. */
  readonly step: number
  readonly losses: Readonly<Record<string, number>>
  readonly milliseconds: number
}

export interface Looked {
  readonly kind: 'looked'
  /** Steps done. */
  readonly step: number
  /** Of a linear classifier on the features of each layer, and of all layers together: parts of 1. */
  readonly layers: Readonly<Record<string, number>>
  readonly all: number | undefined
  /** Between each layer's update and backpropagation's, from -1 to 1. */
  readonly cosines: Readonly<Record<string, number>>
  readonly milliseconds: number
}

export type Answer =
  | { readonly kind: 'doing'; readonly what: string }
  | Ready
  | Stepped
  | Looked
  | { readonly kind: 'kernels'; readonly kernels: Kernels }
  /** No step is under way, and none is to follow. */
  | { readonly kind: 'resting' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly message: string }
