import { UserError } from '../../../src/base/error.ts'
import { counted } from '../../../src/base/lists.ts'
import { shown } from '../../../src/base/file-error.ts'
import { headerOf, type Header } from './decode.ts'
import { inOrder } from './in-order.ts'
import type { RowShape } from '../dataset.ts'

/** An image that is not read yet. */
export interface ImageFile {
  /** From the data set's place on: `train/cat/1.png`. */
  readonly name: string
  readonly label?: number | undefined
  /** @throws UserError ('FileError', 'DataError') */
  readonly bytes: () => Uint8Array | Promise<Uint8Array>
}

/** Images that are decoded or read at once: twice as many as threads decode, so that none waits. */
export const AT_ONCE = 8

/** Why an image cannot be read: what a decoder or the system says of it, on one line. */
export function whyNot({ name }: ImageFile, error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return error instanceof UserError ? shown(line, 4096) : `${shown(name, 4096)}: ${shown(line, 500)}`
}

/** Errors that say something of one image, as opposed to bugs of ours and what concerns all of them. */
export const isOfImage = (error: unknown): boolean =>
  error instanceof Error && !['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(error.name)

/** Undefined for one that cannot be read, which is told when all are decoded. */
async function readable(file: ImageFile): Promise<Header | undefined> {
  try {
    return await headerOf(await file.bytes())
  } catch (error) {
    if (!isOfImage(error)) throw error
    return undefined
  }
}

/** So many tell whether a set is grey. */
const SAMPLE = 64

/** The size of the first image that can be read, in colour if one of the first is; undefined where none can be read. */
export async function nativeShape(files: readonly ImageFile[]): Promise<RowShape | undefined> {
  const sample: Header[] = []
  for await (const header of inOrder(files, AT_ONCE, readable)) {
    if (header) sample.push(header)
    if (sample.length === SAMPLE) break
  }
  const [first] = sample
  return first && [sample.every(({ isGrey }) => isGrey) ? 1 : 3, first.height, first.width]
}

const SHOWN = 8

/** What to throw where images have several sizes, and nobody said which one is wanted. */
export async function severalSizes(what: string, files: readonly ImageFile[]): Promise<UserError> {
  const counts = new Map<string, number>()
  for await (const header of inOrder(files, AT_ONCE, readable)) {
    if (!header) continue
    const size = `${header.height} × ${header.width}`
    counts.set(size, counted(counts, size) + 1)
  }
  const sizes = [...counts].sort(([, a], [, b]) => b - a)
  return new UserError('DataError', `the images of ${shown(what, 4096)} have ${sizes.length} sizes`, {
    details: [
      ...sizes
        .slice(0, SHOWN)
        .map(([size, count]) => `${size}: ${count} ${count === 1 ? 'image' : 'images'}`),
      ...(sizes.length > SHOWN ? [`and ${sizes.length - SHOWN} more sizes`] : []),
    ],
    help: 'A program decodes them to its own size; or say which one: --size 96, or --size 3x96x128.',
  })
}
