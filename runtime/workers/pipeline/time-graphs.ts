import { discard } from '../../session/discard.ts'
import { valuesOf, type Start } from '../../values/start.ts'
import { Stepper, type StepInputs } from '../../train/stepper.ts'
import { unitsAlone } from './section-parts.ts'
import type { Bundle } from '../../../src/bundle/bundle.ts'
import type { Section } from '../../../src/bundle/schema/section.ts'
import type { SessionOptions } from '../../session/options.ts'

/** Steps whose times decide which layers a part gets; their results are thrown away. */
const TIMED_STEPS = 3

/**
 * Least milliseconds of each graph of a training step, the first step left out: what else the machine does lengthens some. One
 * unit after the other, so that no more than the values of the largest are there.
 */
export async function timeGraphs(
  bundle: Bundle,
  section: Section,
  start: Start,
  session: SessionOptions,
  inputs: StepInputs,
): Promise<ReadonlyMap<string, number>> {
  const least = new Map<string, number>()
  let given = inputs
  for (const unit of unitsAlone(section)) {
    const stepper = await Stepper.open(bundle, unit, valuesOf(section, start), session)
    try {
      const own = [stepper.pick(given)]
      const [first] = await stepper.run(own)
      for (let step = 0; step < TIMED_STEPS; step++) {
        stepper.graphMilliseconds.clear()
        const [result] = await stepper.run(own)
        discard(result?.outputs ?? {})
        for (const [graph, time] of stepper.graphMilliseconds)
          least.set(graph, Math.min(time, least.get(graph) ?? Infinity))
      }
      given = { ...given, ...first?.outputs }
    } finally {
      await stepper.release()
      discard(Object.fromEntries(stepper.values()))
    }
  }
  return least
}
