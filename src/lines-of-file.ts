import { readUpTo, withRegularFile } from './regular-file.ts'

const PIECE = 256 * 1024
const END = 0x0a

/**
 * Takes the lines of a regular file one by one, as far as it goes now, without their ends. However large the file is,
 * only a piece of it and a line of at most `longest` bytes are in memory.
 *
 * @param take is given undefined of a line that is longer, or no text in UTF-8; and whether the line's end follows,
 *   which a kill may have torn off the last one
 * @throws UserError ('FileError') where it cannot be read, or is no regular file
 */
export function forEachLine(
  path: string,
  longest: number,
  take: (text: string | undefined, isWhole: boolean) => void,
): void {
  const piece = new Uint8Array(PIECE)
  const line = new Uint8Array(longest)
  let length = 0
  const add = (bytes: Uint8Array) => {
    if (length + bytes.length <= longest) line.set(bytes, length)
    length += bytes.length
  }
  const give = (isWhole: boolean) => {
    take(length > longest ? undefined : decoded(line.subarray(0, length)), isWhole)
    length = 0
  }
  withRegularFile(path, (file) => {
    for (let position = 0; ;) {
      const read = readUpTo(file, piece, position)
      if (read === 0) break
      position += read
      let start = 0
      for (let end = piece.indexOf(END); end >= 0 && end < read; end = piece.indexOf(END, start)) {
        add(piece.subarray(start, end))
        give(true)
        start = end + 1
      }
      add(piece.subarray(start, read))
    }
  })
  if (length > 0) give(false)
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
