import { dataset } from '../../../runtime/data/make-dataset.ts'
import { placeOf, type SessionOptions } from '../../../runtime/session/options.ts'
import { Trainer } from '../../../runtime/train/trainer.ts'
import { failed, good, type Finding } from './finding.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import type { Dataset } from '../../../runtime/data/dataset.ts'

const STEPS = 3
const NAME = 'three steps'

/** Images of noise, as a bundle takes them, of all its classes. */
function noiseFor({ manifest: { program, train } }: Bundle): Dataset {
  const { channels, height, width, classes, type = 'uint8' } = program.input
  const count = Math.max(train.batch, classes)
  const size = channels * height * width
  return dataset({
    ...{ name: 'noise', count, shape: [channels, height, width], type, classes },
    labels: Array.from({ length: count }, (_, i) => i % classes),
    read: (indices, into) => {
      indices.forEach((index, row) => {
        for (let i = 0; i < size; i++) {
          const byte = (Math.imul(index * size + i + 1, 2654435761) >>> 24) & 255
          into[row * size + i] = type === 'uint8' ? byte : byte / 255
        }
      })
    },
  })
}

/** Trains three steps of a bundle on noise: whatever a run needs is needed for that. */
export async function tryTraining(bundle: Bundle, what: string, session: SessionOptions): Promise<Finding> {
  try {
    const began = performance.now()
    const run = { bundle, dataset: noiseFor(bundle), seed: 0, totalSteps: STEPS, ...placeOf(session) }
    const trainer = await Trainer.create(run)
    const ready = performance.now()
    try {
      const losses: string[] = []
      let times = ''
      for await (const done of trainer.run({ from: 0, to: STEPS })) {
        losses.push(
          Object.values(done.losses)
            .map((loss) => loss.toPrecision(4))
            .join(' '),
        )
        times = `${done.milliseconds.toFixed(1)} ms`
      }
      const start = ((ready - began) / 1000).toFixed(1)
      return good(
        NAME,
        `of ${what}: losses ${losses.join(', ')}; sessions made in ${start} s, the last step in ${times}`,
      )
    } finally {
      await trainer.release()
    }
  } catch (error) {
    return failed(NAME, error)
  }
}
