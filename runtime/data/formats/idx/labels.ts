import { dataError } from '../../read.ts'

interface Known {
  readonly name: string
  /** The training labels begin so; the committed subset's too. Folder names are no guide. */
  readonly firstLabels: string
  readonly classes: number
  readonly classNames?: readonly string[]
}

const clothes = [
  ...['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat'],
  ...['sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
]
const known: readonly Known[] = [
  { name: 'fashion-mnist', firstLabels: '9003027255095579', classes: 10, classNames: clothes },
  { name: 'mnist', firstLabels: '5041921314353617', classes: 10 },
]

/** The known data set that training labels are of. */
export function recognise(trainLabels: Uint8Array): Known | undefined {
  const beginning = trainLabels.subarray(0, 16).join('')
  return known.find(({ firstLabels }) => firstLabels === beginning)
}

const same = 'Take images and labels of the same data set.'

export function checkCount(
  path: string,
  { sizes: [labels = 0] }: { readonly sizes: readonly number[] },
  images: number,
) {
  if (labels !== images) throw dataError(path, `holds ${labels} labels for ${images} images`, same)
}

const outOfRange = (path: string, labels: Uint8Array, position: number, why: string, help: string) =>
  dataError(path, `label ${labels[position] ?? ''} of image ${position} is out of range: ${why}`, help)

/** @throws UserError ('DataError') where a label is none of a known data set's. */
export function checkLabels(
  path: string,
  labels: Uint8Array,
  classes: number,
  name: string | undefined,
): void {
  const position = labels.findIndex((label) => label >= classes)
  if (position >= 0) throw outOfRange(path, labels, position, `${name ?? 'it'} has ${classes} classes`, same)
}

/** @throws UserError ('DataError') where test images are of a class that no training image has. */
export function checkTestLabels(
  path: string,
  labels: Uint8Array,
  trainLabels: Uint8Array,
  classes: number,
): void {
  const help = 'Take the test labels of the same data set.'
  const beyond = labels.findIndex((label) => label >= classes)
  if (beyond >= 0) throw outOfRange(path, labels, beyond, `the training labels are below ${classes}`, help)
  const trained = new Set(trainLabels)
  const position = labels.findIndex((label) => !trained.has(label))
  if (position >= 0)
    throw dataError(path, `label ${labels[position] ?? ''} of image ${position} is no training image's`, help)
}
