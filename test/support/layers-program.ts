import { mkdirSync, readFileSync } from 'node:fs'
import {
  adamw,
  compile,
  program,
  type Bundle,
  type Credit,
  type Layer,
  type Program,
} from '../../src/index.ts'
import { readMetrics } from '../../runtime/files/metrics.ts'
import { runFiles } from '../../runtime/files/run-folder.ts'
import { idx, IDX_NAMES, writeFiles } from '../runtime/data-files.ts'
import { giveCredit, ruleCases } from './rule-cases.ts'

/** Small programs whose layers are trained by hosts, their images, and what their runs leave. */

const SIZE = 8
const IMAGES = 24

export const layersProgram = (
  learn: Credit,
  encoder: readonly Layer[],
  views: readonly string[],
  lr = 1e-2,
): Program =>
  program({
    input: { channels: 1, size: SIZE, classes: 3 },
    ...{ views, batch: 4, encoder, learn, optimizer: adamw({ lr }) },
  })

/** By the name of a case of `ruleCases`, with local credit. */
export function bundleOfRule(name: string, lr?: number): Bundle {
  const found = ruleCases.find((each) => each.name === name)
  if (!found) throw new Error(`no rule is called ${name}`)
  return compile(layersProgram(giveCredit.local(found.rule), found.encoder(), found.views, lr))
}

/** Images of noise, the same each time. */
export function writeImages(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const pixels = Uint8Array.from({ length: IMAGES * SIZE * SIZE }, (_, i) => (i * 2654435761) >>> 24)
  const [images, labels] = [
    idx([IMAGES, SIZE, SIZE], pixels),
    idx(
      [IMAGES],
      Uint8Array.from({ length: IMAGES }, (_, i) => i % 3),
    ),
  ]
  return writeFiles(folder, {
    [IDX_NAMES.trainImages]: images,
    [IDX_NAMES.trainLabels]: labels,
    [IDX_NAMES.testImages]: images,
    [IDX_NAMES.testLabels]: labels,
  })
}

/** What a run leaves, but for its speed. */
export function left(folder: string) {
  const { metrics, checkpoint } = runFiles(folder)
  const lines = readMetrics(metrics).map(({ step, epoch, rate, losses, log }) => ({
    step,
    epoch,
    rate,
    losses,
    log,
  }))
  return { lines, checkpoint: readFileSync(checkpoint).toString('base64') }
}
