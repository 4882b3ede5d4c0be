import { prometheusSink } from '../files/prometheus/sink.ts'
import { allOf, metricsSink, tensorboardSink, withoutTensorboard, type Sink } from '../files/sinks.ts'
import { runFiles, type RunFolder } from '../files/run-files.ts'
import { warn } from './training-data.ts'
import type { Heard } from '../given/hearing.ts'
import type { TrainOptions } from './options.ts'
import type { Plan } from './run-plan.ts'

/** All that is told of a run: its own files, and a monitor's where that is asked for. */
export function sinksOf(
  run: RunFolder,
  { settings, from }: Pick<Plan, 'settings' | 'from'>,
  { prometheus, onNotice = warn }: Heard<Pick<TrainOptions, 'prometheus' | 'onNotice'>>,
): Sink {
  return allOf([
    metricsSink(runFiles(run.folder).metrics),
    ...(settings.tensorboard ? [tensorboardSink(run)] : withoutTensorboard(run.folder)),
    ...(prometheus === undefined ? [] : [prometheusSink(prometheus, run, { from, onNotice })]),
  ])
}
