import { forms } from '../passes/lower/form.ts'
import { printable } from '../printable.ts'
import { table } from './table.ts'
import { bytes } from './units.ts'
import type { Manifest } from '../onnx/manifest.ts'

const directionNames: Readonly<Record<string, string>> = {
  forward: 'forward',
  weightGradient: 'weight gradient',
  inputGradient: 'input gradient',
}

/** For every convolution and gradient of one: the form chosen, why, its temporaries, and estimates of each form. */
export function loweringTable({ lowering, train: { stepsPerRun } }: Manifest): string {
  if (!lowering) return 'This bundle was compiled before there was a choice; compile it again.'
  const rows = lowering.convolutions.map((choice, i) => {
    const { graph, convolution, direction, form, reason, temporary, estimates } = choice
    const before = lowering.convolutions[i - 1]
    const shown = before?.graph === graph ? '' : graph
    const name = shown === '' && before?.convolution === convolution ? '' : convolution
    const times = forms.map((each) => estimates[each]?.toFixed(2) ?? '–')
    return [shown, name, directionNames[direction] ?? direction, form, reason, bytes(temporary), ...times]
  })
  const header = ['graph', 'convolution', 'what', 'form', 'why', 'temporaries', ...forms.map((form) => form)]
  const notes = [
    `Target ${lowering.target}, up to ${bytes(lowering.memory)} of temporaries for one convolution and its gradients.`,
    `Steps per run of the training graphs: ${stepsPerRun}${lowering.stepsPerRun === undefined ? '' : ` (${lowering.stepsPerRun})`}.`,
    ...(lowering.activity === undefined
      ? []
      : [`Activity of layers that wait for others: ${lowering.activity}.`]),
  ]
  return [
    ...notes.map(printable),
    table(header, rows, `lllllr${'r'.repeat(forms.length)}`),
    'The last columns are estimates in milliseconds of one core, each form alone; parts that forward and gradients\nshare are counted once in the choice, so that a form may win together that loses alone.',
  ].join('\n\n')
}
