import type { Metrics } from '../metrics-line.ts'
import type { Accuracies, ProbeLine } from '../probe-line.ts'
import { encodeHParams, type Event, type HParams, type Value } from './schema.ts'
import type { Settings } from './settings.ts'

/** A run's lines as events of TensorBoard, which shows tags of one beginning (`loss/…`) together. */

/** Of TensorFlow's lists of types, classes of data, states of a session and of hparams' sessions. */
const STRING = 7
const TENSOR_CLASS = 2
const START = 1
const SUCCEEDED = 1
const INTERRUPTED = 3

const scalars = (of: string, values: Readonly<Record<string, number>>): Value[] =>
  Object.entries(values).map(([name, simpleValue]) => ({ tag: `${of}/${name}`, simpleValue }))

/** What a line of before times were written lacks is not shown; its time is that of another moment, `otherwise`. */
export function eventOfMetrics(line: Metrics, otherwise: number): Event {
  const { step, epoch, rate, losses, log = {}, imagesPerSecond, milliseconds, memory } = line
  const value = [
    ...scalars('loss', losses),
    ...Object.entries(log).flatMap(([layer, numbers]) => scalars(`log/${layer}`, numbers)),
    ...scalars('training', { epoch, rate }),
    ...scalars('machine', {
      imagesPerSecond,
      ...(milliseconds === undefined ? {} : { milliseconds }),
      ...(memory === undefined ? {} : { memory }),
    }),
  ]
  return { wallTime: line.time ?? otherwise, step, summary: { value } }
}

/** Accuracies by layer, and under no layer's name those of all layers together. */
export function eventOfProbe({ step, time, validation, layers = {}, all }: ProbeLine): Event {
  const by = (probe: keyof Accuracies) =>
    Object.fromEntries(Object.entries(layers).map(([layer, accuracies]) => [layer, accuracies[probe]]))
  const value = [
    ...(validation ? scalars('validation', validation.losses) : []),
    ...scalars('probe/linear', by('linear')),
    ...scalars('probe/knn', by('knn')),
    ...(all ? scalars('probe', { linear: all.linear, knn: all.knn }) : []),
  ]
  return { wallTime: time, step, summary: { value } }
}

const table = (settings: Settings): string =>
  ['| setting | value |', '| --- | --- |', ...Object.entries(settings).map(rowOf)].join('\n')

const rowOf = ([name, value]: [string, Settings[string]]): string =>
  `| ${name} | ${String(value).replaceAll(/[|\\`*_<>[\]]/g, (sign) => `\\${sign}`)} |`

const hparamsOf = (tag: string, what: HParams): Value => ({
  tag: `_hparams_/${tag}`,
  metadata: { pluginData: { pluginName: 'hparams', content: encodeHParams(what) } },
})

/** What a file begins with. Whatever a reader knows of the run from an earlier file is void from `START` on. */
export const beginning = (settings: Settings, time: number): readonly Event[] => [
  { wallTime: time, step: 0, fileVersion: 'brain.Event:2' },
  { wallTime: time, step: 0, sessionLog: { status: START } },
  { wallTime: time, step: 0, summary: { value: [textOf(settings), startOf(settings, time)] } },
]

const textOf = (settings: Settings): Value => ({
  tag: 'settings',
  tensor: { dtype: STRING, shape: {}, stringVal: [table(settings)] },
  metadata: { pluginData: { pluginName: 'text' }, dataClass: TENSOR_CLASS },
})

function startOf(settings: Settings, startTimeSecs: number): Value {
  const hparams = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? { numberValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { stringValue: value },
    ]),
  )
  return hparamsOf('session_start_info', { version: 0, sessionStartInfo: { hparams, startTimeSecs } })
}

/** Of a run that has come to its end, or was stopped. */
export function ending(step: number, finished: boolean, time: number): Event {
  const status = finished ? SUCCEEDED : INTERRUPTED
  const end = hparamsOf('session_end_info', { version: 0, sessionEndInfo: { status, endTimeSecs: time } })
  return { wallTime: time, step, summary: { value: [end] } }
}
