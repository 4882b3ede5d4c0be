import { table } from './table.ts'
import type { JudgedHead } from '../../runtime/evaluate/evaluate.ts'

/** How well heads classify, as text. */

/** Classes up to which the figures of each of them are shown; of more, they are in --json. */
const FEW_CLASSES = 20

const percent = (fraction: number | undefined): string =>
  fraction === undefined ? '–' : (100 * fraction).toFixed(1)

/** A row a head; then, of the top one, each class and what it is taken for. */
export function figuresText(heads: readonly JudgedHead[]): string {
  const top = heads.at(-1)
  const parts = [headTable(heads)]
  if (top && top.confusion.length > FEW_CLASSES)
    parts.push(
      `Figures of each of the ${top.confusion.length} classes, and what they are taken for: --json FILE`,
    )
  else if (top)
    parts.push(
      `By class, ${nameOf(top, heads)}:`,
      classTable(top),
      'Images by label (rows) and answer:',
      confusionTable(top),
    )
  return parts.join('\n\n')
}

/** Two heads of a layer are told apart by their outputs. */
const nameOf = ({ layer, output }: JudgedHead, heads: readonly JudgedHead[]): string =>
  heads.filter((head) => head.layer === layer).length > 1 ? output : layer

function headTable(heads: readonly JudgedHead[]): string {
  const isMany = heads.some(({ top5 }) => top5 !== undefined)
  const rows = heads.map((head) => [
    nameOf(head, heads),
    percent(head.accuracy),
    ...(isMany ? [percent(head.top5)] : []),
  ])
  return table(['head', 'accuracy', ...(isMany ? ['top 5'] : [])], rows, 'lrr')
}

const classTable = ({ perClass }: JudgedHead): string =>
  table(
    ['class', 'images', 'recall', 'precision'],
    perClass.map(({ class: label, images, recall, precision }) => [
      label,
      images,
      percent(recall),
      percent(precision),
    ]),
    'rrrr',
  )

const confusionTable = ({ confusion }: JudgedHead): string =>
  table(
    ['', ...confusion.keys()].map(String),
    confusion.map((row, label) => [label, ...row]),
    'r'.repeat(confusion.length + 1),
  )
