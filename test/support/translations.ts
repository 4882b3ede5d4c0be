import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../node_modules/.cache/hebb-tests', import.meta.url))

/**
 * Variables with which commands of tests keep what their loader has translated, for a quicker start: in a temporary folder
 * that nobody else writes to, since the loader trusts what it finds there.
 */
export function keepingTranslations(): Readonly<Record<string, string>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return { HEBB_TRUSTS_TEMPORARY_FOLDER: '1', TMPDIR: folder }
}
