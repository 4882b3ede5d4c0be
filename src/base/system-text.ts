import { readFileSync } from 'node:fs'

/** The text of a file that the kernel makes, below /proc or /sys; undefined where it cannot be read. */
export function systemText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
