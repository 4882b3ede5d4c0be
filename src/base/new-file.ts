import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Writes a file where there is none, and waits until it is on the disk. Of one that cannot be written whole, as on a
 * full disk, nothing stays: it would be in the way of the next try. Throws what the system says.
 */
export function writeNewFile(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx')
  try {
    writeAndClose(file, content)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function writeAndClose(file: number, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
