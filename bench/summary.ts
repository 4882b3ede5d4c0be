/**
 * Writes what docs/benchmarks.md says in short, out of the figures of its tables: nothing is measured.
 *
 *     npx tsx bench/summary.ts
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { present } from '../src/base/lists.ts'
import { table } from './markdown.ts'
import { writeSection } from './record.ts'

const inProject = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

const environment = z.object({ date: z.string(), commit: z.string() })
const stepSchema = z.object({
  environment,
  results: z.array(
    z.object({
      title: z.string(),
      rivals: z.array(
        z.object({ time: z.object({ median: z.number() }), ratio: z.object({ median: z.number() }) }),
      ),
    }),
  ),
})
const memorySchema = z.object({
  environment,
  results: z.array(
    z.object({
      title: z.string(),
      ours: z.object({ peak: z.number() }),
      theirs: z.array(z.object({ peak: z.number() })),
    }),
  ),
})

const read = <T>(name: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(inProject(`bench/results/${name}.json`), 'utf8')))

const widths = ['full', 'quarter', 'eighth']

/** The table, and where its figures are from. */
export function summary(): string {
  const steps = widths.map((width) => read(`step-cifar10-${width}`, stepSchema))
  const memory = read('memory-cifar10-full', memorySchema)
  const titles = memory.results.map(({ title }) => title)
  /** Beside the yardstick with the smallest median. */
  const ratio = ({ results }: z.infer<typeof stepSchema>, wanted: string) => {
    const { rivals } = present(
      results.find(({ title }) => title === wanted),
      wanted,
    )
    const [best] = rivals.toSorted((a, b) => a.time.median - b.time.median)
    return present(best, wanted).ratio.median.toFixed(2)
  }
  const rows = memory.results.map(({ title, ours, theirs }) => [
    title,
    ...steps.map((step) => ratio(step, title)),
    (ours.peak / Math.min(...theirs.map(({ peak }) => peak))).toFixed(2),
  ])
  if (titles.length === 0) throw new Error('there are no results')
  const of = [...steps, memory].map(({ environment }) => environment)
  const days = [...new Set(of.map(({ date }) => date))].toSorted().join(' and ')
  const commits = [...new Set(of.map(({ commit }) => commit))].join(', ')
  const head = ['rule', 'step, full width', 'quarter', 'eighth', 'memory, full width']
  return `${table(head, rows)}\n\n\`npx tsx bench/summary.ts\`, of the tables below: ${days}, commit ${commits}.`
}

await writeSection('docs/benchmarks.md', 'summary', summary())
