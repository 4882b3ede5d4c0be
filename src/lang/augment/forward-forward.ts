import type { Pair } from '../../ops/window.ts'
import { at } from '../../base/lists.ts'
import { fourAxes } from '../../base/shapes.ts'
import { UserError } from '../../base/error.ts'
import { currentOrigin } from '../../ir/context.ts'
import { conv2d } from '../../ops/conv.ts'
import { constant, filled, range } from '../../ops/leaf.ts'
import { didYouMean } from '../../base/near-names.ts'
import { type Checks, nothingMore, options as checked } from '../check.ts'
import { label, whole } from '../kinds.ts'
import { concat, Tensor, where } from '../tensor.ts'
import { transform, type AugmentScope, type Transform } from './transform.ts'

/** Positive and negative images for Forward-Forward (Hinton 2022): the same in two views, but for what is false. */
export interface NegativeView {
  /** Name of the view that shows negatives; default 'negative'. */
  readonly negative?: string
}

const viewChecks: Checks<NegativeView> = { negative: label(64).optional() }

/**
 * Writes a label into the image (Hinton 2022, section 3.3): the first pixels of the first row, one per class, in
 * every channel, are 1 for the class and 0 otherwise. The negative view shows a wrong class, uniform over the
 * others; all other views show the true one. Let it be the last transform: a crop would move the label away.
 * Probes see the neutral label, 1 / classes in each pixel, as in Hinton's code.
 *
 * @throws UserError ('ProgramError') where there is no such view, or no room or no choice of classes.
 */
export function paintLabel(options: NegativeView = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('paintLabel', extra)
  const { negative = 'negative' } = checked('paintLabel', viewChecks, options)
  return transform({
    name: 'label',
    apply: (images, draw, scope) => {
      const { views, classes } = scope
      const place = placeOf(negative, scope, 'paintLabel')
      requireTwo(classes, 'classes', 'paintLabel')
      const truth = scope.labels.cast('float32')
      const wrong = another(truth, rowsOf(draw('wrong'), place, scope), classes)
      const shown = concat(views.map((_, view) => (view === place ? wrong : truth)))
      const isShown = shown.reshape(-1, 1).eq(indices(classes).reshape(1, -1))
      return paint(images, isShown.cast('float32'))
    },
    encode: (images, { classes }) => paint(images, new Tensor(filled('float32', [1, classes], 1 / classes))),
  })
}

/** More would blur the mask of any image into one value. */
const MOST_BLURS = 100

/** What `hybridImages` takes. */
export interface HybridOptions extends NegativeView {
  /** How often the random bits are blurred: the regions grow with its root. */
  readonly blurs?: number
}

const hybridChecks: Checks<HybridOptions> = { ...viewChecks, blurs: whole(0, MOST_BLURS).optional() }

/**
 * Negatives without labels (Hinton 2022, section 3.2): in the negative view each image is mixed with another one of
 * the batch, by a mask of large regions. The mask is random bits, blurred repeatedly with [1/4, 1/2, 1/4] in both
 * directions (what lies outside counts as undecided) and thresholded at 1/2. Other views stay as they are.
 *
 * @throws UserError ('ProgramError') where there is no such view, or a batch of one image.
 */
export function hybridImages(options: HybridOptions = {}, ...extra: readonly undefined[]): Transform {
  nothingMore('hybridImages', extra)
  const { negative = 'negative', blurs = 8 } = checked('hybridImages', hybridChecks, options)
  return transform({
    name: 'hybrid',
    apply: (images, draw, scope) => {
      const place = placeOf(negative, scope, 'hybridImages')
      requireTwo(scope.images, 'images in a batch', 'hybridImages')
      const [, , height, width] = fourAxes(images.shape)
      const own = rowsOf(images, place, scope)
      const bits = rowsOf(draw('mask', height, width), place, scope)
        .less(0.5)
        .cast('float32')
      const field = blurred(bits.sub(0.5).reshape(scope.images, 1, height, width), blurs)
      const other = another(indices(scope.images), rowsOf(draw('other'), place, scope), scope.images)
      const mixed = where(field.greater(0), own, own.rows(other.cast('int64')))
      return concat(scope.views.map((_, view) => (view === place ? mixed : rowsOf(images, view, scope))))
    },
  })
}

const indices = (count: number): Tensor => new Tensor(range('float32', count))

/** The rows of one view. */
const rowsOf = (rows: Tensor, view: number, { images }: AugmentScope): Tensor =>
  rows.slice(0, view * images, (view + 1) * images)

/** A whole number below `count` other than `current`, uniform over these; all [n], as float32. */
function another(current: Tensor, uniform: Tensor, count: number): Tensor {
  const next = uniform
    .mul(count - 1)
    .floor()
    .add(current)
    .add(1)
  return where(next.greaterEqual(count), next.sub(count), next)
}

/** Images whose first pixels, left to right, are replaced in every channel by `values`, [rows or 1, pixels]. */
function paint(images: Tensor, values: Tensor): Tensor {
  const [, , height, width] = fourAxes(images.shape)
  const [rows, count] = [values.size(0), values.size(1)]
  if (count > width)
    throw new UserError('ProgramError', `a row of ${width} pixels has no room for ${count} classes`, {
      origin: currentOrigin(),
      help: 'paintLabel needs one pixel per class in the first row; add a border: input.pad',
    })
  const row = (pixels: Tensor) =>
    pixels.reshape(pixels.size(0), 1, 1, count).pad([0, 0, 0, 0], [0, 0, height - 1, width - count])
  const painted = row(new Tensor(filled('float32', [1, count], 1))).greater(0)
  return where(painted, row(values).broadcast(rows, 1, height, width), images)
}

/** Maps [rows, 1, height, width], `times` blurred with [1/4, 1/2, 1/4] in both directions; zero outside. */
function blurred(maps: Tensor, times: number): Tensor {
  const taps = 2 * times + 1
  // The filter applied n times is one of binomial coefficients.
  const weights = Array.from({ length: taps }, () => 1)
  for (let i = 1; i < taps; i++) weights[i] = (at(weights, i - 1) * (taps - i)) / i
  const along = (kernel: Pair, padding: Pair) => (x: Tensor) => {
    const values = weights.map((weight) => weight / 4 ** times)
    const node = constant('float32', [1, 1, ...kernel], values)
    return new Tensor(
      conv2d(x.node, node, undefined, { kernel, stride: [1, 1], padding, dilation: [1, 1], groups: 1 }),
    )
  }
  return along([1, taps], [0, times])(along([taps, 1], [times, 0])(maps))
}

function placeOf(view: string, { views }: AugmentScope, transform: string): number {
  const place = views.indexOf(view)
  if (place >= 0) return place
  throw new UserError('ProgramError', `${transform} makes negatives for '${view}', which is no view`, {
    origin: currentOrigin(),
    help: `${didYouMean(view, views)}; write: views: ['positive', 'negative']`,
  })
}

function requireTwo(count: number, what: string, transform: string): void {
  if (count >= 2) return
  throw new UserError('ProgramError', `${transform} needs at least 2 ${what}`, {
    origin: currentOrigin(),
    help: 'there is nothing else to choose for a negative',
  })
}
