import { algorithms, type Direction } from '../bundle/lowerings.ts'
import { printable } from '../base/printable.ts'
import { table } from './table.ts'
import { bytes } from './units.ts'
import type { Manifest } from '../bundle/manifest.ts'

const directionNames: Readonly<Record<Direction, string>> = {
  forward: 'forward',
  weightGradient: 'weight gradient',
  inputGradient: 'input gradient',
}

/** For every convolution and gradient of one: the algorithm chosen, why, its temporaries, and estimates of each algorithm. */
export function loweringTable({ lowering, train: { stepsPerRun } }: Manifest): string {
  if (!lowering) return 'This bundle was compiled before there was a choice; compile it again.'
  const rows = lowering.convolutions.map((choice, i) => {
    const { graph, convolution, direction, algorithm, reason, temporary, estimates } = choice
    const before = lowering.convolutions[i - 1]
    const shown = before?.graph === graph ? '' : graph
    const name = shown === '' && before?.convolution === convolution ? '' : convolution
    const times = algorithms.map((each) => estimates[each]?.toFixed(2) ?? '–')
    return [shown, name, directionNames[direction], algorithm, reason, bytes(temporary), ...times]
  })
  const header = ['graph', 'convolution', 'what', 'algorithm', 'why', 'temporaries', ...algorithms]
  const notes = [
    `Target ${lowering.target}, up to ${bytes(lowering.memory)} of temporaries for one convolution and its gradients.`,
    `Steps per run of the training graphs: ${lowering.target === 'cuda' && stepsPerRun > 1 ? 'at most ' : ''}${stepsPerRun}${lowering.stepsPerRun === undefined ? '' : ` (${lowering.stepsPerRun})`}.`,
    ...(lowering.activity === undefined
      ? []
      : [`Activity of layers that wait for others: ${lowering.activity}.`]),
  ]
  return [
    ...notes.map(printable),
    table(header, rows, `lllllr${'r'.repeat(algorithms.length)}`),
    'The last columns are estimates in milliseconds of one core, each algorithm alone; parts that forward and gradients\nshare are counted once in the choice, so that an algorithm may win together that loses alone.',
    ...(lowering.ops ? opsTable(lowering.ops) : []),
  ].join('\n\n')
}

/** How other ops that can be written in several ways are, one row for those of a graph that are written alike. */
function opsTable(ops: NonNullable<NonNullable<Manifest['lowering']>['ops']>): string[] {
  if (ops.length === 0) return []
  const rows = ops.map(({ graph, scope, op, as, because, count }, i) => [
    ops[i - 1]?.graph === graph ? '' : graph,
    ...[scope, op, as, because, count],
  ])
  return [
    'Ops that can be written in several ways, or that ONNX has not:',
    table(['graph', 'where', 'op', 'as', 'why', 'how many'], rows, 'lllllr'),
  ]
}
