import { linesOf } from '../../base/lines-of-file.ts'
import { isThere } from '../../base/file-kind.ts'
import { soundLines } from '../../../runtime/files/metrics.ts'
import { Bucket, Sample } from './thinned.ts'
import type { Curve, Log } from '../../../report/index.ts'

/** What `metrics.jsonl` says of a run, thinned: a run of weeks has millions of lines. */
export interface MetricCurves {
  readonly losses: readonly Curve[]
  /** What rules log beside them, by name. */
  readonly logs: readonly Log[]
  /** That all steps took; undefined where not all of them say so. */
  readonly seconds: number | undefined
  /** As the last step has it. */
  readonly imagesPerSecond: number | undefined
  /** Median milliseconds of each graph, by its name; empty where they were not measured. */
  readonly milliseconds: ReadonlyMap<string, number>
  /** The most bytes that the process held. */
  readonly memory: number | undefined
}

/** A drawing is not wider. */
const MOST_POINTS = 400
const LONGEST_LINE = 1024 * 1024

function countLines(path: string): number {
  if (!isThere(path)) return 0
  let count = 0
  for (const { isWhole } of linesOf(path, LONGEST_LINE)) if (isWhole) count++
  return count
}

/** @param order layers from the input to the top */
export function metricCurves(path: string, order: readonly string[]): MetricCurves {
  const size = Math.ceil(countLines(path) / MOST_POINTS)
  const losses = new Map<string, Bucket>()
  const logs = new Map<string, Map<string, Bucket>>()
  const times = new Map<string, Sample>()
  const into = (buckets: Map<string, Bucket>, step: number, values: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(values))
      entry(buckets, name, () => new Bucket(size)).add(step, value)
  }
  let [milliseconds, isTimed] = [0, true]
  let imagesPerSecond: number | undefined
  let memory: number | undefined
  for (const line of soundLines(path)) {
    into(losses, line.step, line.losses)
    for (const [layer, values] of Object.entries(line.log ?? {}))
      for (const [name, value] of Object.entries(values))
        into(
          entry(logs, name, () => new Map<string, Bucket>()),
          line.step,
          { [layer]: value },
        )
    for (const [graph, took] of Object.entries(line.graphs ?? {}))
      entry(times, graph, () => new Sample()).add(took)
    if (line.milliseconds === undefined) isTimed = false
    else milliseconds += line.milliseconds
    if (line.memory !== undefined) memory = Math.max(line.memory, memory ?? line.memory)
    imagesPerSecond = line.imagesPerSecond
  }
  const curves = (buckets: ReadonlyMap<string, Bucket>): Curve[] =>
    inOrder([...buckets.keys()], order).flatMap((layer) => {
      const bucket = buckets.get(layer)
      return bucket ? [{ layer, ...bucket.curve() }] : []
    })
  return {
    losses: curves(losses),
    logs: [...logs].map(([name, buckets]) => ({ name, curves: curves(buckets) })),
    seconds: isTimed && imagesPerSecond !== undefined ? milliseconds / 1000 : undefined,
    ...{ imagesPerSecond, memory },
    milliseconds: new Map([...times].map(([graph, sample]) => [graph, sample.median()])),
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** Layers from the input to the top; what is no layer comes last. */
export function inOrder(names: readonly string[], order: readonly string[]): string[] {
  const rest = names.filter((name) => !order.includes(name))
  return [...order.filter((name) => names.includes(name)), ...rest]
}
