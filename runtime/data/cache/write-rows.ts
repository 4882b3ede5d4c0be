import { bytesOf } from '../../values/tensor.ts'
import { listening } from './listening.ts'
import { hashOf } from './hash-rows.ts'
import type { Hash } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { hold } from '../../../src/base/held.ts'
import { fileError, orFileError } from '../../../src/base/file-error.ts'
import { UserError } from '../../../src/base/error.ts'
import { finishPartial, writeFully } from '../../files/atomic.ts'
import { partialOf } from '../../files/partials.ts'
import type { OpenOptions } from '../format.ts'
import type { Decoded, Preparation, PreparedRecord } from './preparation.ts'

const SHOWN = 10

/** Images that cannot be read are told all at once, not one a try. */
function requireNone(
  { what, shape }: Preparation,
  leftOut: readonly string[],
  { skipOdd = false, spec = what }: OpenOptions,
): void {
  if (skipOdd || leftOut.length === 0) return
  const more = leftOut.length - SHOWN
  throw new UserError('DataError', `${what}: ${leftOut.length} of its images cannot be read`, {
    details: [...leftOut.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])],
    help: `Mend or remove them; or leave them out: hebb data prepare ${spec} --size ${shape.join('x')} --skip-odd`,
  })
}

/** Takes rows and labels as they come. */
class RowFile {
  readonly hash: Hash
  readonly labels: number[] = []
  readonly leftOut: string[] = []
  count = 0
  private readonly file: number

  constructor(file: number, { shape, type }: Preparation) {
    this.hash = hashOf({ shape, type })
    this.file = file
  }

  take(decoded: Decoded): void {
    if ('leftOut' in decoded) {
      this.leftOut.push(decoded.leftOut)
      return
    }
    this.add(decoded.row)
    if (decoded.label !== undefined) this.labels.push(decoded.label)
    this.count++
  }

  /** @returns whether there are labels */
  addLabels(): boolean {
    if (this.labels.length > 0) this.add(Uint32Array.from(this.labels))
    return this.labels.length > 0
  }

  private add(values: ArrayBufferView): void {
    this.hash.update(bytesOf(values))
    writeFully(this.file, bytesOf(values))
  }
}

/**
 * Writes all rows, then all labels, beside the path; renamed when they are whole.
 *
 * @throws UserError ('DataError') where a row cannot be decoded, or there is none
 */
export async function writeRows(
  path: string,
  preparation: Preparation,
  options: OpenOptions,
): Promise<Pick<PreparedRecord, 'count' | 'labelled' | 'leftOut' | 'content'>> {
  const { rows, total, what } = preparation
  const partial = partialOf(path)
  const file = orFileError('write', path, () => openSync(partial, 'wx'))
  const remove = () => {
    rmSync(partial, { force: true })
  }
  const letGo = hold(remove)
  let isOpen = true
  try {
    const into = new RowFile(file, preparation)
    const heard = listening(options)
    for await (const decoded of rows()) {
      await heard()
      into.take(decoded)
      options.onProgress?.({ what, done: into.count + into.leftOut.length, total })
    }
    const { count, leftOut } = into
    requireNone(preparation, leftOut, options)
    if (count === 0)
      throw new UserError('DataError', `${what} holds no images that can be read`, {
        details: leftOut.slice(0, SHOWN),
      })
    const labelled = into.addLabels()
    isOpen = false
    finishPartial(file, partial, path)
    return { count, labelled, leftOut, content: into.hash.digest('hex') }
  } catch (error) {
    if (isOpen) closeSync(file)
    remove()
    throw fileError('write', path, error)
  } finally {
    letGo()
  }
}
