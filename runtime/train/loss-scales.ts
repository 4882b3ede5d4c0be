import { UserError } from '../../src/base/error.ts'
import type { BlockScaling, Scaling } from '../../src/bundle/schema/scaling.ts'
import type { ValueStore } from '../values/value-store.ts'

/**
 * The loss scales of mixed precision, which change between steps: the only values of a training that no graph changes.
 * All that they depend on is counted by the graphs and kept with parameters and states, so a run that is stopped
 * anywhere goes on to the same bits.
 */

/** By what a scale is divided where some steps of a window were skipped, and where half or more were: it is far off. */
const SOME = 2
const MANY = 16

/** Steps that may follow before scales are adjusted; all blocks count alike. @throws UserError as `countOf` does */
export function stepsOfWindow({ every, blocks }: Scaling, store: ValueStore): number {
  const [first] = blocks
  if (!first) return Infinity
  const steps = countOf(store, first.steps)
  return endOfWindow(steps, every) - steps
}

/** The first windows end after 1, 2, 4, … steps, so that few are lost until a scale fits. */
const endOfWindow = (steps: number, every: number): number =>
  steps < every
    ? Math.min(every, 2 ** Math.floor(Math.log2(Math.max(steps, 0.5)) + 1))
    : steps - (steps % every) + every

/**
 * Adjusts the scales where a window is over.
 *
 * @throws UserError ('TrainingError') where a block learned nothing in a whole window, and its scale can be no smaller.
 */
export function adjustScales(scaling: Scaling, store: ValueStore): void {
  for (const block of scaling.blocks) adjust(block, scaling, store)
}

function adjust(
  block: BlockScaling,
  { every, growAfter, smallest, largest }: Scaling,
  store: ValueStore,
): void {
  const [steps, skipped] = [countOf(store, block.steps), countOf(store, block.skipped)]
  if (endOfWindow(steps - 1, every) !== steps) return
  const scale = block.scale === undefined ? undefined : numberOf(store, block.scale)
  if (skipped === every && (scale === undefined || scale === smallest)) throw hopeless(block, every)
  const all = steps > every ? every : Math.ceil(steps / 2)
  const grows = skipped === 0 && steps >= every + growAfter
  if (scale !== undefined && block.scale !== undefined) {
    const less = scale / (2 * skipped >= all ? MANY : SOME)
    const next = skipped > 0 ? Math.max(smallest, less) : grows ? Math.min(largest, scale * 2) : scale
    assign(store, block.scale, next)
  }
  // After the first windows, steps are counted from the last change.
  if (steps > every && (skipped > 0 || grows)) assign(store, block.steps, every)
  assign(store, block.skipped, 0)
}

function numberOf(store: ValueStore, name: string): number {
  const value = store.get(name)
  if (!value) throw new Error(`no value called ${name}`)
  return Number(value.data[0])
}

/** Whole numbers are exact in float32 up to here. */
const MOST_COUNTED = 2 ** 24

/** @throws UserError ('TrainingError') where something else was put in its place: a file's, as graphs count by one */
function countOf(store: ValueStore, name: string): number {
  const count = numberOf(store, name)
  if (Number.isInteger(count) && count >= 0 && count <= MOST_COUNTED) return count
  throw new UserError('TrainingError', `'${name}', which counts steps, is ${count}`, {
    help: 'Go on from another checkpoint, or compile the program again.',
  })
}

const assign = (store: ValueStore, name: string, value: number): void => {
  store.assign(name, { type: 'float32', shape: [], data: Float32Array.of(value) })
}

const hopeless = ({ layer }: BlockScaling, steps: number): UserError =>
  new UserError(
    'TrainingError',
    `the gradients of '${layer}' were not finite in any of ${steps} steps, at the smallest loss scale`,
    {
      help: "Lower the learning rate, or leave precision: 'mixed' out of the program: float16 ends at 65504.",
    },
  )
