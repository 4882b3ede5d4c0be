import { Command } from 'commander'
import { z } from 'zod'
import { describeDataset, findData, openSplit } from '../../../runtime/data/open.ts'
import type { DataSource } from '../../../runtime/data/format.ts'
import { channelStatistics } from '../../../runtime/data/statistics.ts'
import { writeAtomically } from '../../../runtime/files/atomic.ts'
import { jsonText, printable } from '../../base/printable.ts'
import { folder, parseFlags } from '../flags.ts'
import { placeForFile } from '../outputs.ts'
import { preparingVisibly } from '../preparing.ts'
import { addQuietFlag, countShown } from '../shown.ts'
import { table } from '../table.ts'
import { requireSize, size } from './size.ts'
import type { Dataset, RowShape, Split } from '../../../runtime/data/dataset.ts'

const MOST_ODD = 20
const flagSchema = z.object({ size: size.optional(), json: folder.optional() })

interface Inspected {
  readonly split: Split
  readonly dataset: Dataset
  /** Images per class, where there are labels. */
  readonly perClass: readonly number[]
}

function countsOf({ labels, classes = 0 }: Dataset): number[] {
  const counts = Array.from({ length: labels ? classes : 0 }, () => 0)
  labels?.forEach((label) => {
    counts[label] = (counts[label] ?? 0) + 1
  })
  return counts
}

async function inspect(source: DataSource, wanted: RowShape | undefined): Promise<readonly Inspected[]> {
  const found: Inspected[] = []
  for (const split of source.splits) {
    const dataset = await openSplit(source, split, { wanted, ...preparingVisibly() })
    requireSize(dataset, wanted)
    found.push({ split, dataset, perClass: countsOf(dataset) })
  }
  return found
}

function classTable(found: readonly Inspected[]): string {
  const labelled = found.filter(({ perClass }) => perClass.length > 0)
  const most = Math.max(0, ...labelled.map(({ perClass }) => perClass.length))
  const names = labelled.flatMap(({ dataset }) => (dataset.classNames ? [dataset.classNames] : []))[0]
  const rows = Array.from({ length: most }, (_, label) => [
    label,
    ...(names ? [printable(names[label] ?? '')] : []),
    ...labelled.map(({ perClass }) => perClass[label] ?? 0),
  ])
  return table(
    ['label', ...(names ? ['class'] : []), ...labelled.map(({ split }) => split)],
    rows,
    `r${names ? 'l' : ''}${'r'.repeat(labelled.length)}`,
  )
}

/** What a program's input is, ready to be pasted. */
function inputText(
  { shape: [channels, height, width], classes, type }: Dataset,
  mean: readonly number[],
  std: readonly number[],
): string {
  const numbers = (values: readonly number[]) =>
    `[${values.map((value) => Number(value.toPrecision(4))).join(', ')}]`
  return [
    'input: {',
    `  channels: ${channels},`,
    `  size: ${height === width ? height : `[${height}, ${width}]`},`,
    ...(type === 'float32' ? ["  type: 'float32',"] : []),
    ...(classes === undefined ? [] : [`  classes: ${classes},`]),
    `  mean: ${numbers(mean)},`,
    `  std: ${numbers(std)},`,
    '},',
  ].join('\n')
}

export const inspectDataCommand = (): Command =>
  addQuietFlag(new Command('inspect'))
    .summary('what a data set holds')
    .description(
      'Say what is found: splits, images per class, mean and deviation of each channel over what is trained on, ready to paste into a ' +
        'program, and files that belong to nothing.',
    )
    .argument('<path>', 'a folder, an archive, KIND:PATH, or mine.ts#dataset')
    .option(
      '--size <size>',
      'decode images of other sizes to this one: 96, or 1x28x28 for channels, height and width',
    )
    .option('--json <file>', 'write the figures there, too')
    .addHelpText(
      'after',
      `
Examples:
  hebb data inspect data/fashion-mnist
  hebb data inspect data/fashion-mnist --json fashion.json`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { size: wanted, json } = parseFlags(command, flagSchema)
      const place = json === undefined ? undefined : placeForFile(json)
      const source = await findData(path)
      console.log(`${source.kind}: ${printable(source.path)}\n`)
      const found = await inspect(source, wanted)
      for (const { split, dataset } of found) console.log(`${split.padEnd(10)}  ${describeDataset(dataset)}`)
      if (found.some(({ perClass }) => perClass.length > 0)) console.log(`\n${classTable(found)}`)
      const odd = [...source.odd(), ...found.flatMap(({ dataset }) => dataset.leftOut ?? [])]
      const [{ dataset: first, split } = { dataset: undefined, split: undefined }] = found
      if (!first) return
      const view = countShown(`statistics of ${split}`, first.count)
      const { mean, std, least, most } = await channelStatistics(first, view.update).finally(view.stop)
      console.log(`\nof ${split}, per channel:\n${inputText(first, mean, std)}`)
      if (odd.length > 0)
        console.log(
          `\n${odd.length} odd ${odd.length === 1 ? 'file' : 'files'}:\n${odd
            .slice(0, MOST_ODD)
            .map((line) => `  ${printable(line)}`)
            .join('\n')}${odd.length > MOST_ODD ? '\n  …' : ''}`,
        )
      const figures = {
        ...{ kind: source.kind, path: source.path, statistics: { split, mean, std, least, most }, odd },
        splits: found.map(
          ({ split, dataset: { name, count, shape, type, classes, classNames }, perClass }) => ({
            ...{ split, name, count, shape, type, classes, classNames, perClass },
          }),
        ),
      }
      if (place !== undefined) writeAtomically(place, [`${jsonText(figures)}\n`])
    })
