import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { at, present } from '../src/base/lists.ts'
import { table } from './markdown.ts'

const environment = z.object({ date: z.string(), commit: z.string() })
const stepSchema = z.object({
  environment,
  results: z.array(
    z.object({
      title: z.string(),
      /** Ways of PyTorch that were too slow to take further turns; absent of tables from before there were such ways. */
      satOut: z.unknown().optional(),
      rivals: z.array(
        z.object({
          name: z.string(),
          time: z.object({ median: z.number() }),
          ratio: z.object({ median: z.number() }),
        }),
      ),
    }),
  ),
})
type Step = z.infer<typeof stepSchema>
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

const read = <T>(name: string, schema: z.ZodType<T>): T => {
  const path = fileURLToPath(new URL(`../bench/results/${name}.json`, import.meta.url))
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
}

const widths = ['full', 'quarter', 'eighth'] as const
/** Whether PyTorch was given all that makes it faster. */
const isAgainstAll = ({ results }: Step): boolean => results.every(({ satOut }) => satOut !== undefined)

const stepsOf = () => widths.map((width) => read(`step-cifar10-${width}`, stepSchema))

/** Our time by that of the way of PyTorch with the smallest median, and by that of PyTorch as Python starts it. */
function ratiosOf({ rivals, title }: Step['results'][number]): { best: number; started: number } {
  const best = at(
    rivals.toSorted((a, b) => a.time.median - b.time.median),
    0,
  )
  const started = present(
    rivals.find(({ name }) => name === 'default'),
    title,
  )
  return { best: best.ratio.median, started: started.ratio.median }
}

/** The table, and where its figures are from. */
export function summary(): string {
  const steps = stepsOf()
  const memory = read('memory-cifar10-full', memorySchema)
  const ratio = (step: Step, wanted: string) => {
    if (!isAgainstAll(step)) return '–'
    const { results } = step
    const found = ratiosOf(
      present(
        results.find(({ title }) => title === wanted),
        wanted,
      ),
    )
    return `**${found.best.toFixed(2)}** (${found.started.toFixed(2)})`
  }
  const rows = memory.results.map(({ title, ours, theirs }) => [
    title,
    ...steps.map((step) => ratio(step, title)),
    (ours.peak / Math.min(...theirs.map(({ peak }) => peak))).toFixed(2),
  ])
  if (rows.length === 0) throw new Error('there are no results')
  const of = [...steps.filter(isAgainstAll), memory].map(({ environment }) => environment)
  const days = [...new Set(of.map(({ date }) => date))].toSorted().join(' and ')
  const commits = [...new Set(of.map(({ commit }) => commit))].join(', ')
  const head = ['rule', 'step, full width', 'quarter', 'eighth', 'memory, full width']
  return `${table(head, rows)}\n\n\`npx tsx bench/summary.ts\`, of the tables below: ${days}, commit ${commits}.`
}

const range = (ratios: readonly number[]): string => {
  const [least, most] = [Math.min(...ratios).toFixed(2), Math.max(...ratios).toFixed(2)]
  return least === most ? least : `${least}–${most}`
}

const nameOf = { full: 'full width', quarter: 'a quarter', eighth: 'an eighth' } as const

/** For the README: by width, over the rules. */
export function sentence(): string {
  const told = stepsOf().flatMap((step, i) => {
    if (!isAgainstAll(step)) return []
    const ratios = step.results.map(ratiosOf)
    const [best, started] = [
      range(ratios.map(({ best }) => best)),
      range(ratios.map(({ started }) => started)),
    ]
    return { best, started, width: nameOf[at(widths, i)] }
  })
  const [first, ...others] = told
  const { best, started, width } = present(first, 'a table with all ways of PyTorch')
  const rest = others.map((each) => `, ${each.best} (${each.started}) at ${each.width}`).join('')
  return `On two cores a step of the paper's VGG-6 takes ${best} of the time of PyTorch at its fastest (${started} as Python starts it) at ${width}${rest}: [benchmarks](docs/benchmarks.md).`
}
