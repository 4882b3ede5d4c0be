import { showOrigin } from '../base/error.ts'
import { isInput } from '../ops/leaf.ts'
import { isStop } from '../ops/stop.ts'
import type { Node } from '../ir/node.ts'

/**
 * A way through the graph by lines of the user's files, one entry per line: `mine.ts:12  mean, matmul`. What reverse
 * mode made of a line is marked. Nodes without a line (the compiler's own) go with the one before; boundaries and leaves
 * are told in words elsewhere.
 */
export function tellPath(path: readonly Node[]): string[] {
  const entries: { readonly place: string; readonly ops: string[]; readonly isDerivative: boolean }[] = []
  for (const node of path.filter((each) => !isStop(each) && !isInput(each))) {
    const last = entries.at(-1)
    const isDerivative = node.derivativeOf !== undefined
    const place = node.origin ? showOrigin(node.origin).replace(/:\d+$/, '') : (last?.place ?? '')
    if (last?.place === place && last.isDerivative === isDerivative) last.ops.push(node.op.name)
    else entries.push({ place, ops: [node.op.name], isDerivative })
  }
  const width = Math.max(0, ...entries.map(({ place }) => place.length))
  return entries.map(({ place, ops, isDerivative }) =>
    `${place.padEnd(width)}  ${isDerivative ? 'gradient: ' : ''}${counted(ops)}`.trim(),
  )
}

/** `mul, mul, sum` as `mul ×2, sum`. */
function counted(ops: readonly string[]): string {
  const runs: { readonly op: string; count: number }[] = []
  for (const op of ops) {
    const last = runs.at(-1)
    if (last?.op === op) last.count += 1
    else runs.push({ op, count: 1 })
  }
  return runs.map(({ op, count }) => (count > 1 ? `${op} ×${count}` : op)).join(', ')
}
