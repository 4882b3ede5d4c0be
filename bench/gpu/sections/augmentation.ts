import { join } from 'node:path'
import { compile } from '../../../src/index.ts'
import { inputsByRole } from '../../../runtime/batches/batch-inputs.ts'
import { drawTensor } from '../../../runtime/batches/draws.ts'
import { Stepper } from '../../../runtime/train/stepper.ts'
import { bytes, prepareStep } from '../../prepare.ts'
import { openStep } from '../../ours/step.ts'
import { dataSets, describe, vgg6, type DataSet } from '../../programs.ts'
import { SEED } from '../../seed.ts'
import { augmentation as program } from '../../simclr.ts'
import { MOST_STEPS } from '../cases.ts'
import { timed } from '../timing.ts'
import type { Surroundings } from '../job.ts'
import type { Tell } from '../figures.ts'

const scales = { cifar10: [0.25, 1], stl10: [0.08, 1] } as const satisfies Record<DataSet, readonly number[]>

/**
 * Bytes of images to the views of a batch, on the device and, beside it, on the CPU; then in the loop of a training step, to hold
 * to the same step without.
 */
export async function augmentation(surroundings: Surroundings, tell: Tell): Promise<void> {
  await alone(surroundings, tell)
  await inTheLoop(surroundings, tell)
}

async function inTheLoop({ provider, threads, turn, folder }: Surroundings, tell: Tell): Promise<void> {
  const described = describe('clapp++', vgg6('cifar10', 'quarter'))
  const own = join(folder, 'augmented')
  await prepareStep(own, described, { target: 'cuda', stepsPerRun: MOST_STEPS })
  const work = await openStep(own, described.told, { provider, threads })
  const milliseconds = await timed(() => work.run(MOST_STEPS, MOST_STEPS), MOST_STEPS, turn)
  await work.release()
  const { size, batch } = vgg6('cifar10', 'quarter')
  const by = `${provider}, in a step of clapp++ quarter, ${MOST_STEPS} a run`
  await tell({ kind: 'augmentation', size, views: described.program.views.length * batch, by, milliseconds })
}

async function alone({ provider, threads, turn }: Surroundings, tell: Tell): Promise<void> {
  for (const data of ['cifar10', 'stl10'] as const) {
    const { size } = dataSets[data]
    for (const where of new Set([provider, 'cpu'] as const)) {
      const bundle = compile(program(size, scales[data]).program, { target: where })
      const { augment, program: compiled } = bundle.manifest
      const stepper = await Stepper.create(bundle, augment, new Map(), { provider: where, threads })
      const images = bytes('images', [augment.batch, compiled.input.channels, size, size])
      let step = 0
      const batch = () => {
        const draws = augment.draws.map((draw) => [draw.name, drawTensor(draw, SEED, step)] as const)
        step++
        return stepper.run([{ ...inputsByRole(augment, { images }), ...Object.fromEntries(draws) }])
      }
      const milliseconds = await timed(batch, 1, turn)
      const views = augment.batch * compiled.views.length
      await tell({ kind: 'augmentation', size, views, by: where, milliseconds })
      await stepper.release()
    }
  }
}
