import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readTextFile } from '../src/base/regular-file.ts'
import { quarterTables, quarterSchema } from './quarter.ts'
import { reproducedSchema } from './results.ts'
import { reproductionTables } from './tables.ts'

/** What was measured once and is in the repository. */
export const storedNames = ['eighth', 'quarter'] as const

const fileSize = { largest: 4 * 1024 * 1024, what: 'stored results' }
const recordSchema = z.object({
  command: z.string(),
  environment: z.object({ date: z.string(), commit: z.string() }),
  results: z.unknown(),
})

/** Its tables, and a line that says whose they are: nothing of it is measured now. */
export function tellStored(name: (typeof storedNames)[number]): string {
  const path = fileURLToPath(new URL(`results/${name}.json`, import.meta.url))
  const { command, environment, results } = recordSchema.parse(JSON.parse(readTextFile(path, fileSize)))
  const { date, commit } = environment
  const tables =
    name === 'quarter'
      ? quarterTables(quarterSchema.parse(results))
      : reproductionTables(reproducedSchema.parse(results))
  return `${tables}\n\nStored, not measured now. \`${command}\`: ${date}, commit ${commit}.`
}
