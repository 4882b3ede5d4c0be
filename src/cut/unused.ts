import { showOrigin } from '../base/error.ts'
import { topological } from '../ir/walk.ts'
import type { Trace } from './trace.ts'
import type { TracedParameter } from './registry.ts'

/**
 * What a program declares to no end: parameters that no activity, loss or update reads, and those of a rule that nothing
 * teaches. A sentence each for all that are made on one line.
 */
export function unusedParameters({ layers, blockUpdates, registry }: Trace): string[] {
  const states = new Set(registry.states.map(({ name }) => name))
  const results = [
    ...layers.map(({ out }) => out),
    ...blockUpdates.flatMap(({ loss, log, taught, updates }) => [
      ...(loss ? [loss] : []),
      ...log.map(({ node }) => node),
      ...taught.map(({ gradient }) => gradient),
      ...updates.flatMap(({ name, node }) => (states.has(name) ? [node] : [])),
    ]),
  ]
  const read = new Set(topological(results))
  const taught = new Set(blockUpdates.flatMap((each) => each.taught.map(({ parameter }) => parameter.node)))
  const encoder = new Set(layers.flatMap(({ forward }) => [...forward]))
  const { parameters } = registry
  const unread = parameters.filter(({ node }) => !read.has(node))
  const still = parameters.filter(
    ({ node, fixed }) => read.has(node) && !fixed && !taught.has(node) && !encoder.has(node),
  )
  return [
    ...byLine(unread).map((named) => `nothing reads ${named}`),
    ...byLine(still).map(
      (named) =>
        `nothing teaches ${named}: a parameter of the rule that no loss reaches and no update names keeps its start; ` +
        'fixed() is for what is meant to',
    ),
  ]
}

/** `conv1.mine.scale, conv2.mine.scale (mine.ts:12:3)`. */
function byLine(parameters: readonly TracedParameter[]): string[] {
  const lines = new Map<string, string[]>()
  for (const { name, node } of parameters) {
    const line = node.origin ? ` (${showOrigin(node.origin)})` : ''
    lines.set(line, [...(lines.get(line) ?? []), name])
  }
  return [...lines].map(([line, names]) => `${listed(names)}${line}`)
}

const listed = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`
