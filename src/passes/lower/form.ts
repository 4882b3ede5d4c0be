import type { Node } from '../../ir/node.ts'

/** How a convolution or a gradient of one is computed. `conv`: by ONNX's own op, or the op's own lowering. */
export const forms = ['conv', 'columns', 'winograd2', 'winograd4'] as const
export type Form = (typeof forms)[number]
export type Forms = ReadonlyMap<Node, Form>
