import { UserError } from '../../../src/base/error.ts'
import { prepared } from '../cache/prepared.ts'
import { digest } from '../cache/digest.ts'
import { dataError } from '../read.ts'
import { DECODING, decodeImage, headerOf, type Header } from './decode.ts'
import { AT_ONCE, isOfImage, nativeShape, severalSizes, whyNot, type ImageFile } from './image-files.ts'
import { imageDecoder } from './decoder.ts'
import { inOrder } from './in-order.ts'
import type { Decoded } from '../cache/preparation.ts'
import type { Content } from '../cache/files-hash.ts'
import type { Dataset, RowShape } from '../dataset.ts'
import type { OpenOptions } from '../format.ts'

/** Images of one split, wherever they lie. */
export interface ImageSet extends Pick<Dataset, 'name' | 'classes' | 'classNames'> {
  /** The folder or archive that holds them. */
  readonly what: string
  readonly files: readonly ImageFile[]
  /** SHA-256 of the content of all of them, and of what tells them from others of the same place. */
  readonly content: Content
  /** Another one than the content's where anything was written to since. */
  readonly stamp: () => string
}

const CHANNELS = [1, 3]

function requireChannels(what: string, [channels]: RowShape): void {
  if (!CHANNELS.includes(channels))
    throw new UserError('DataError', `images have 1 or 3 channels, and ${channels} are wanted of ${what}`, {
      help: 'Compile the program for 3 channels, or for 1: they are decoded to grey.',
    })
}

/** What is made of an image, or why nothing can be made of it. */
async function orLeftOut<Made>(
  file: ImageFile,
  make: () => Promise<Made>,
): Promise<Made | { readonly leftOut: string }> {
  try {
    return await make()
  } catch (error) {
    if (!isOfImage(error)) throw error
    return { leftOut: whyNot(file, error) }
  }
}

interface Opened {
  readonly bytes: Uint8Array
  readonly header: Header
}

async function openImage(file: ImageFile): Promise<Opened> {
  const bytes = await file.bytes()
  return { bytes, header: await headerOf(bytes) }
}

/** Decodes one image; where all must have one size, another one is refused with all that there are. */
function decoderFor({ what, files }: ImageSet, shape: RowShape, isOneSize: boolean) {
  let refused: Promise<UserError> | undefined
  return async (file: ImageFile): Promise<Decoded> => {
    const opened = await orLeftOut(file, () => openImage(file))
    if ('leftOut' in opened) return opened
    const { bytes, header } = opened
    if (isOneSize && (header.height !== shape[1] || header.width !== shape[2]))
      throw await (refused ??= severalSizes(what, files))
    const decoded = await orLeftOut(file, async () => ({ row: await decodeImage(bytes, header, shape) }))
    return 'leftOut' in decoded ? decoded : { ...decoded, label: file.label }
  }
}

/**
 * Images as rows of one shape: the wanted one, or their own where they all have the same. They are decoded once, for all
 * runs, several at a time and in a fixed order.
 *
 * @throws UserError ('DataError') for images that cannot be read, all at once; where they have several sizes and none is
 *   wanted; where one was written to meanwhile
 */
export async function preparedImages(set: ImageSet, options: OpenOptions): Promise<Dataset> {
  const { what, files, name, classes, classNames } = set
  await imageDecoder()
  const labels = files.map(({ label }) => label)
  const { wanted } = options
  if (wanted) requireChannels(what, wanted)
  const shape = wanted ?? (await nativeShape(files)) ?? ([3, 1, 1] as const)
  const decode = decoderFor(set, shape, wanted === undefined)
  const made = await prepared(
    {
      key: digest(
        JSON.stringify([DECODING, shape, wanted === undefined, classNames, labels]),
        set.content.hash,
      ),
      ...{ name, shape, type: 'uint8', classes, classNames, what, total: files.length },
      rows: async function* () {
        yield* inOrder(files, AT_ONCE, decode)
        if (set.stamp() !== set.content.stamp)
          throw dataError(what, 'was written to while it was read', 'Wait until it is whole, and try again.')
      },
    },
    options,
  )
  return { ...made, name }
}
