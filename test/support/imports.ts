import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The folder of the project. */
export const root = resolve(import.meta.dirname, '../..')

/** What a source imports, types included: files of ours by their path from the root, all else as it is written. */
export const importsOf = (file: string): string[] => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import) '([^']+)'|import\('([^']+)'\)/g)].map(
    ([, name = '', dynamic = '']) => {
      const wanted = name === '' ? dynamic : name
      return wanted.startsWith('.')
        ? relative(root, resolve(root, dirname(file), wanted)).replaceAll('\\', '/')
        : wanted
    },
  )
}
