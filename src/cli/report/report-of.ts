import { UserError } from '../../base/error.ts'
import { isThere } from '../../base/file-kind.ts'
import { readRegularFile } from '../../base/regular-file.ts'
import { version } from '../../base/version.ts'
import { writeReport, type Report, type ResultTable } from '../../../report/index.ts'
import { generator } from '../../../report/frame.ts'
import { openRun } from '../../../runtime/files/run-folder.ts'
import { placeForFile } from '../outputs.ts'
import { methodTable, type Method } from './accuracy.ts'
import { gatherRun, type Gathered } from './gather.ts'
import { reportFiles } from './report-files.ts'
import { encodersOf, judgedOn } from './judged-parts.ts'
import { shellCommand } from '../shell-word.ts'
import type { SessionOptions } from '../../../runtime/session/provider.ts'
import type { ProbeFigures } from './probe-file.ts'

export interface ReportOptions extends SessionOptions {
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
  { out, provider, threads }: ReportOptions = {},
): Promise<string> {
  const all = typeof folders === 'string' ? [folders] : folders
  const [first = ''] = all
  const page = out ?? pageOf(openRun(first).folder)
  const gathered: Gathered[] = []
  for (const folder of all) gathered.push(await gatherRun(folder, { provider, threads }))
  await writeReport(page, reportData(gathered, all))
  return page
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
export function reportData(gathered: readonly Gathered[], folders: readonly string[]): Report {
  const names = distinctNames(gathered)
  const runs = gathered.map(({ run }, i) => ({ ...run, name: names[i] ?? run.name }))
  const [only, ...others] = runs
  const isOne = others.length === 0
  return {
    title: isOne ? (only?.name ?? '') : `${runs.length} runs`,
    subtitle: isOne ? (only?.description ?? '') : names.join(', '),
    settings: [['Report by', `hebb ${version}`]],
    notes: [],
    table: comparison(gathered, names),
    runs,
    commands: [shellCommand(['hebb', 'report', ...folders])],
  }
}

/** A program's own name; with its folder where others have the same. */
function distinctNames(gathered: readonly Gathered[]): string[] {
  const names = gathered.map(({ run }) => run.name)
  if (new Set(names).size === names.length) return names
  return gathered.map(({ run, opened }) => `${run.name} (${opened.run.folder})`)
}

/** Whether two runs were probed on the same images by the same settings. */
const key = ({ opened }: Gathered, { settings, data = opened.run.record.data }: ProbeFigures): string =>
  JSON.stringify([data, settings])

/** Accuracies of all runs that were probed, beside raw pixels and the encoders as they started; undefined of none. */
function comparison(gathered: readonly Gathered[], names: readonly string[]): ResultTable | undefined {
  const probed = gathered.flatMap((each, i) =>
    each.probes
      ? [{ probes: each.probes, key: key(each, each.probes), name: names[i] ?? each.run.name }]
      : [],
  )
  const [first] = probed
  if (!first || probed.some((each) => each.key !== first.key)) return undefined
  const { settings, encoders } = first.probes
  const pixels = encoders.find(({ encoder }) => encoder === 'none')?.results
  const methods: Method[] = [
    ...(pixels ? [{ name: 'raw pixels', baseline: true, seeds: [pixels] }] : []),
    ...startsOf(probed),
    ...probed.map(({ name, probes }) => ({ name, baseline: false, seeds: [encodersOf(probes).trained] })),
  ]
  return methodTable(methods, settings, { images: judgedOn(first.probes), seeds: 1 })
}

/** One of all encoders that started alike, else one of each. */
function startsOf(
  probed: readonly { readonly name: string; readonly probes: ProbeFigures }[],
): readonly Method[] {
  const starts = probed.flatMap(({ name, probes }) => {
    const { before } = encodersOf(probes)
    const isGiven = probes.encoders.some(({ encoder }) => encoder === 'given')
    return before
      ? [{ name, before, kind: isGiven ? 'given' : 'untrained', text: JSON.stringify(before) }]
      : []
  })
  const isOne = new Set(starts.map(({ text }) => text)).size === 1
  return (isOne ? starts.slice(0, 1) : starts).map(({ name, before, kind }) => ({
    name: isOne ? kind : `${name}, ${kind}`,
    baseline: true,
    seeds: [before],
  }))
}
