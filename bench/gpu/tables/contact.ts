import { table } from '../../markdown.ts'
import { median } from '../../statistics.ts'
import { ofKind, type Figure } from '../figures.ts'

/** The smaller tables; each is '' where there is nothing to tell. */
export function contactTables(figures: readonly Figure[]) {
  return {
    machine: machineTable(figures),
    limits: limitTable(figures),
    augmentation: augmentationTable(figures),
    profile: profileTables(figures),
    commands: commandList(figures),
    missing: missingList(figures),
  }
}

function machineTable(figures: readonly Figure[]): string {
  const rows = ofKind(figures, 'machine').flatMap(({ facts }) => Object.entries(facts))
  return rows.length === 0 ? '' : table(['the machine', ''], rows)
}

function limitTable(figures: readonly Figure[]): string {
  const rows = ofKind(figures, 'limit').map(({ name, value, unit }) => [
    name,
    `${value.toPrecision(3)} ${unit}`,
  ])
  return rows.length === 0 ? '' : table(['by PyTorch', ''], rows)
}

function augmentationTable(figures: readonly Figure[]): string {
  const rows = ofKind(figures, 'augmentation').map(({ size, views, by, milliseconds }) => {
    const time = median(milliseconds)
    return [`${size} pixels, ${by}`, `${time.toPrecision(3)} ms`, ((1000 * views) / time).toFixed(0)]
  })
  return rows.length === 0 ? '' : table(['images of', 'a batch', 'views/s'], rows)
}

const profileTables = (figures: readonly Figure[]): string =>
  ofKind(figures, 'profile')
    .flatMap(({ case: name, inRuns, operators, nodes }) => [
      `${name}, one step a run: ${inRuns.toFixed(2)} ms inside onnxruntime, with profiling. Times of nodes are those of their launches where a GPU works on by itself.`,
      ...[operators, nodes].map((times, i) =>
        table(
          [i === 0 ? 'operator' : 'node', 'ms'],
          times.map(([each, time]) => [each, time.toFixed(3)]),
        ),
      ),
    ])
    .join('\n\n')

/** A line of Markdown that a message cannot break. */
const plain = (text: string): string =>
  `\`${text.replaceAll('`', "'").replaceAll(/\s+/g, ' ').trim().slice(0, 300)}\``

const commandList = (figures: readonly Figure[]): string =>
  ofKind(figures, 'command')
    .map(({ command, code, said }) =>
      [`\`${command}\` ended with ${code}:`, '', ...said.map((line) => `- ${plain(line)}`)].join('\n'),
    )
    .join('\n\n')

const missingList = (figures: readonly Figure[]): string =>
  ofKind(figures, 'ended')
    .filter(({ outcome }) => outcome !== 'done')
    .map(
      ({ section, outcome, seconds, why }) =>
        `- ${section}: ${outcome} after ${seconds.toFixed(0)} s, ${plain(why)}`,
    )
    .join('\n')
