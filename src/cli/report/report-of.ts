import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { readRegularFile } from '../../base/regular-file.ts'
import { version } from '../../base/version.ts'
import { writeReport, type Report } from '../../../report/index.ts'
import { generator } from '../../../report/frame.ts'
import { openRun } from '../../../runtime/files/run-folder.ts'
import { placeForFile } from '../outputs.ts'
import { comparison } from './comparison.ts'
import { gatherRun, type Gathered } from './gather.ts'
import { reportFiles } from './report-files.ts'
import { ownCommand } from '../shell-word.ts'
import type { GatherOptions } from './gather-options.ts'

export interface ReportOptions extends GatherOptions {
  /** Where the page goes; default: `report.html` in the folder of the first run. */
  readonly out?: string | undefined
}

/**
 * Writes the page of a run, or of several, from what is in their folders. The same folders give the same bytes.
 *
 * @returns the path of the page
 * @throws UserError where a folder is none of a run, or something in it is damaged
 */
export async function reportOf(
  folders: string | readonly string[],
  { out, ...options }: ReportOptions = {},
): Promise<string> {
  const all = typeof folders === 'string' ? [folders] : folders
  const [first = ''] = all
  const page = out ?? pageOf(openRun(first).folder)
  const gathered: Gathered[] = []
  for (const folder of all) gathered.push(await gatherRun(folder, options))
  if (options.data !== undefined) requireShown(gathered)
  await writeReport(page, reportData(gathered, all, options.data))
  return page
}

/**
 * Data that was named is that of a run at least.
 *
 * @throws UserError ('DataError') where it is there for none of them
 */
function requireShown(gathered: readonly Gathered[]): void {
  const reasons = gathered.map(({ noImages }) => noImages)
  const [why] = reasons
  if (why === undefined || reasons.includes(undefined)) return
  throw new UserError('DataError', why, { help: 'Give the data set with those images as --data.' })
}

/** Far more than pages are large. */
const pageSize = { largest: 256 * 1024 * 1024, what: 'a report' }

/** @throws UserError ('FileError') where it cannot be written, or another file is there */
function pageOf(folder: string): string {
  const { page } = reportFiles(folder)
  const place = placeForFile(page)
  if (isThere(place) && !Buffer.from(readRegularFile(place, pageSize)).includes(generator.text))
    throw new UserError('FileError', `${page} is there, and no report of hebb: it would be lost`, {
      help: 'Say where else the page may be: --out FILE; or move it away first.',
    })
  return place
}

/** The page of runs, as data. */
export function reportData(gathered: readonly Gathered[], folders: readonly string[], data?: string): Report {
  const names = distinctNames(gathered)
  const { table, notes, others: apart } = comparison(gathered, names)
  const runs = gathered.map(({ run }, i) => ({
    ...run,
    name: names[i] ?? run.name,
    results: apart.get(i),
  }))
  const [only, ...others] = runs
  const isOne = others.length === 0
  return {
    title: isOne ? (only?.name ?? '') : `${runs.length} runs`,
    subtitle: isOne ? (only?.description ?? '') : names.join(', '),
    settings: [['Report by', `hebb ${version}`]],
    notes: [],
    ...{ table, tableNotes: notes },
    runs,
    commands: [ownCommand(['report', ...folders, ...(data === undefined ? [] : ['--data', data])])],
  }
}

/** A program's own name; with its folder where others have the same. */
function distinctNames(gathered: readonly Gathered[]): string[] {
  const names = gathered.map(({ run }) => run.name)
  if (new Set(names).size === names.length) return names
  return gathered.map(({ run, opened }) => `${run.name} (${opened.run.folder})`)
}
