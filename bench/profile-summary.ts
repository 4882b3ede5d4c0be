import { z } from 'zod'
import { table } from './markdown.ts'

/** What onnxruntime's profiles of a section's graphs say, in milliseconds of a step. */

const eventSchema = z.object({
  cat: z.string().optional(),
  name: z.string(),
  ts: z.number().default(0),
  dur: z.number().default(0),
  args: z.object({ op_name: z.string().optional() }).optional(),
})
type Event = z.infer<typeof eventSchema>

export interface ProfileSummary {
  /** Inside onnxruntime's runs. */
  readonly runs: number
  readonly operators: ReadonlyMap<string, number>
  readonly nodes: ReadonlyMap<string, number>
}

/**
 * @param files one profile per session
 * @param warmUp steps at the beginning that do not count
 * @param steps that follow; a graph may be run several times in each
 */
export function summarise(files: readonly string[], warmUp: number, steps: number): ProfileSummary {
  const operators = new Map<string, number>()
  const nodes = new Map<string, number>()
  let runs = 0
  const add = (to: Map<string, number>, name: string, { dur }: Event) =>
    to.set(name, (to.get(name) ?? 0) + dur / 1000 / steps)
  for (const text of files) {
    const events = z.array(eventSchema).parse(JSON.parse(text))
    const ran = events.filter(({ name }) => name === 'model_run').sort((a, b) => a.ts - b.ts)
    const counted = ran.slice((ran.length * warmUp) / (warmUp + steps))
    const from = counted[0]?.ts ?? Infinity
    for (const event of counted) runs += event.dur / 1000 / steps
    for (const event of events) {
      const operator = event.args?.op_name
      if (event.cat !== 'Node' || operator === undefined || event.ts < from) continue
      if (!event.name.endsWith('_kernel_time')) continue
      add(operators, operator, event)
      add(nodes, `${event.name.replace('_kernel_time', '')} (${operator})`, event)
    }
  }
  return { runs, operators, nodes }
}

/** The longest times, the longest first. */
export const longest = (times: ReadonlyMap<string, number>, most: number): [string, number][] =>
  [...times].sort(([, a], [, b]) => b - a).slice(0, most)

const sorted = (times: ReadonlyMap<string, number>, most: number): string[][] =>
  longest(times, most).map(([name, time]) => [name, time.toFixed(2)])

/** Two tables, the longest times first. A Scan's own line holds those of its body, which stand for themselves, too. */
export const profileText = ({ runs, operators, nodes }: ProfileSummary, most: number): string =>
  [
    `${runs.toFixed(1)} ms of it inside onnxruntime`,
    table(['operator', 'ms'], sorted(operators, most)),
    table(['node', 'ms'], sorted(nodes, most)),
  ].join('\n\n')
