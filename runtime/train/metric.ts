import { UserError } from '../../src/base/error.ts'
import { didYouMean } from '../../src/base/near-names.ts'
import { soundLines } from '../files/metrics.ts'
import { wantedMetric } from '../files/wanted-metric.ts'
import { lossesOf } from '../../src/bundle/scalars.ts'
import { foundNames, type Measured } from './found-metric.ts'
import { loggedIn, type Shown } from './logs.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'

/**
 * What the best checkpoint is chosen by: a loss, or a number that a rule logs, as a mean over the steps since the checkpoint
 * before; or what the last probe since then found. Less is better, unless the most is asked for, `conv1.similarity:max`, and
 * but for accuracies.
 */

/** The mean over all layers that learn. */
const OVERALL = 'loss'

/** Names of the metrics that training a bundle gives: `loss`, and of each layer `conv1.loss` and what is logged there. */
export function metricNames({ train }: Pick<Manifest, 'train'>): string[] {
  const layers = lossesOf(train.graphs).map(({ name, layer }) => layer ?? name)
  return [
    ...(layers.length === 0 ? [] : [OVERALL, ...layers.map((layer) => `${layer}.${OVERALL}`)]),
    ...loggedIn(train).map(({ layer, name }) => `${layer}.${name}`),
  ]
}

/** @throws UserError ('RunError') where training gives no metric of the name that is asked for */
export function requireMetric(manifest: Manifest, settings: Measured): void {
  if (settings.keepBest === undefined) return
  const { name } = wantedMetric(settings.keepBest)
  const names = [...metricNames(manifest), ...foundNames(manifest, settings)]
  const { program } = manifest
  if (names.indexOf(name) !== names.lastIndexOf(name))
    throw new UserError('RunError', `'${name}' is two metrics of '${program.name}'`, {
      help: 'What layers learn and log has the same name as what is found of them: call a layer, or what it logs, otherwise.',
    })
  if (names.includes(name)) return
  const [kind] = name.split('.')
  if (
    (kind === 'probe' && settings.probeEvery === undefined) ||
    (kind === 'validation' && settings.validation === undefined)
  )
    throw new UserError('RunError', `nothing measures '${name}' while '${program.name}' is trained`, {
      help: kind === 'probe' ? 'Ask for probes: --probe-every 1' : 'Set images aside: --validation 0.1',
    })
  throw new UserError('RunError', `training '${program.name}' gives no metric '${name}'`, {
    help:
      names.length === 0
        ? `'${program.rule}' has no loss, so no checkpoint is better than another: leave --keep-best out.`
        : didYouMean(name, names),
  })
}

/** The metric of one step. */
export function metricOf(wanted: string, { losses, log = {} }: Shown): number {
  const { name } = wantedMetric(wanted)
  const ofLoss = Object.entries(losses).flatMap(([layer, loss]) =>
    name === OVERALL || name === `${layer}.${OVERALL}` ? [loss] : [],
  )
  const ofLog = Object.entries(log).flatMap(([layer, numbers]) =>
    Object.entries(numbers).flatMap(([what, value]) => (name === `${layer}.${what}` ? [value] : [])),
  )
  const values = [...ofLoss, ...ofLog]
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The mean of a metric since the last checkpoint, which a resumed run takes up where it was. */
export class MetricMean {
  private readonly name: string
  private sum = 0
  private count = 0

  constructor(name: string) {
    this.name = name
  }

  /** Of the steps after `after` up to `step`, as a file of metrics has them. */
  static resumed(name: string, path: string, after: number, step: number): MetricMean {
    const mean = new MetricMean(name)
    if (after === step) return mean
    for (const line of soundLines(path)) if (line.step > after && line.step <= step) mean.add(line)
    return mean
  }

  add(shown: Shown): void {
    this.sum += metricOf(this.name, shown)
    this.count++
  }

  /** The mean, which begins anew. */
  take(): { readonly metric: string; readonly value: number } {
    const value = this.sum / this.count
    this.sum = 0
    this.count = 0
    return { metric: this.name, value }
  }
}
