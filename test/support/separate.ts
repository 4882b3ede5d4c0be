import { elements } from '../../src/base/type.ts'
import { compileNodes } from './evaluate.ts'
import { relativeError } from './samples.ts'
import { traceProgram } from './trace-program.ts'
import type { Program } from '../../src/index.ts'

/**
 * How far the updates of a batch are from the mean of the updates of its samples, each measured in a batch of copies
 * of that sample, relative to the largest element of each update; the worst parameter counts. Zero (but for
 * rounding) if and only if no sample reads another.
 */
export async function entanglement(program: Program): Promise<number> {
  const { traced, feeds } = traceProgram(program)
  const taught = traced.blockUpdates.flatMap((blockUpdate) =>
    blockUpdate.taught.map(({ gradient }) => gradient),
  )
  const run = await compileNodes(taught, [...feeds.keys()])
  const updates = (values: typeof feeds) => run(values)
  const whole = await updates(feeds)
  const apart = await Promise.all(
    Array.from({ length: program.batch }, (_, sample) => updates(copiesOf(sample, program, feeds))),
  )
  return Math.max(
    ...whole.map((update, i) => {
      const mean = update.map(
        (_, element) => apart.reduce((sum, each) => sum + (each[i]?.[element] ?? NaN), 0) / program.batch,
      )
      return relativeError(mean, update)
    }),
  )
}

type Feeds = ReturnType<typeof traceProgram>['feeds']

/** The same images and labels, each replaced by the sample's; views of an image stay different from each other. */
function copiesOf(sample: number, { batch }: Program, feeds: Feeds): Feeds {
  const copied: Feeds = new Map(feeds)
  for (const [node, values] of feeds) {
    const { role } = node.attributes
    if (role !== 'views' && role !== 'labels') continue
    const width = elements(node.shape.slice(1))
    const rows = Array.from({ length: node.shape[0] ?? 0 }, (_, row) => row - (row % batch) + sample)
    copied.set(
      node,
      rows.flatMap((row) => Array.from({ length: width }, (_, i) => values[row * width + i] ?? NaN)),
    )
  }
  return copied
}
