/** Where graphs are meant to run. */
export const targets = ['cpu', 'cuda', 'portable'] as const
export type Target = (typeof targets)[number]

/** A convolution, and its gradients by its weights and by its input. */
export const directions = ['forward', 'weightGradient', 'inputGradient'] as const
export type Direction = (typeof directions)[number]

/** How a convolution or a gradient of one is computed. `conv`: by ONNX's own op, or the op's own lowering. */
export const algorithms = ['conv', 'columns', 'winograd2', 'winograd4'] as const
export type Algorithm = (typeof algorithms)[number]

/** Why: by the estimates, on request, or because target, type or kernel leave no choice. */
export const reasons = ['fastest', 'asked for', 'target', 'float64', 'float16', 'only one'] as const
export type Reason = (typeof reasons)[number]

/** Shards that the images of a batch may be dealt to: at least two, and no more than any machine runs. */
export const numberOfShards = [2, 256] as const

/** What a batch can be dealt to evenly: `2, 4, 8, 16`; of a batch of one image, or of a large prime, nothing. */
export const evenShards = (batch: number): readonly number[] => {
  const [least, most] = numberOfShards
  return Array.from({ length: most - least + 1 }, (_, i) => least + i).filter((each) => batch % each === 0)
}

/** What to do about a number of shards that does not divide a batch. */
export const adviseShards = (batch: number): string => {
  const even = evenShards(batch)
  return even.length > 0
    ? `Give a number of shards that divides the batch: ${even.join(', ')}.`
    : 'Give the program another batch: no number of shards divides this one.'
}
