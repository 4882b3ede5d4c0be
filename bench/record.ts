import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { writeAtomically } from '../runtime/files/atomic.ts'
import { describeEnvironment, type Environment } from './environment.ts'
import { replaceSection } from './markdown.ts'

const inProject = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

/** A finished benchmark. */
export interface Report {
  /** Of the document; also the name of the JSON file. */
  readonly section: string
  readonly command: string
  readonly environment: Environment
  /** Left out where the table has them all. */
  readonly results?: unknown
  /** The table, in Markdown. */
  readonly markdown: string
}

/** No timing is exact to more digits. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value

const formatted = async (path: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(path)), filepath: path })

/** Prints a report and, if wanted, writes it into its section of a document, and its figures to a file beside the measuring. */
export async function publish(
  report: Report,
  keep: boolean,
  path = 'docs/benchmarks.md',
  figures = `bench/results/${report.section.replaceAll(' ', '-')}.json`,
): Promise<void> {
  const { section, command, environment, results, markdown } = report
  const told = `\`${command}\`: ${describeEnvironment(environment)}`
  console.log(`${told}\n\n${await formatted('table.md', markdown)}`)
  if (!keep) return
  await writeSection(path, section, `${markdown}\n\n${told}`)
  if (results === undefined) return
  const json = inProject(figures)
  const record = JSON.stringify({ section, command, environment, results }, rounded)
  mkdirSync(dirname(json), { recursive: true })
  writeAtomically(json, [await formatted(json, record)])
}

/** Puts Markdown in the place of what stands in a section of a document. */
export async function writeSection(path: string, section: string, markdown: string): Promise<void> {
  const document = inProject(path)
  const text = replaceSection(readFileSync(document, 'utf8'), section, markdown)
  writeAtomically(document, [await formatted(document, text)])
}
