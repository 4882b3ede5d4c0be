/** For who compiles for the CPU, looks at a bundle for it, or trains it there. */
export const MIXED_ON_CPU =
  "precision: 'mixed' saves nothing on the CPU, where onnxruntime computes float16 in float32: it is for --target cuda"
