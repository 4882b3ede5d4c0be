// Declarations of a package: of what programs import, and of what those name in turn. Nothing reads the others, which are
// four in five.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const isDeclaration = (name) => /\.d\.m?ts$/.test(name)
const below = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name))
const declarationOf = (file) => file.replace(/\.(m?)[jt]s$/, '.d.$1ts')

/** What stands in quotes behind `from`, `import` or `import(`. */
const imported = /(?<=\b(?:from |import |import\()(['"]))[^'"\n]+(?=\1)/g

/**
 * Has declarations, which the compiler has written, name JavaScript, and removes those to which no entry leads.
 *
 * @param entries their JavaScript
 * @param names what modules call others of ours that have a name of their own, and their JavaScript
 * @throws Error for a name that leads nowhere
 */
export function tidyDeclarations(folder, { entries, names }) {
  const kept = new Set()
  const keep = (file) => {
    if (kept.has(file)) return
    kept.add(file)
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace(imported, (name) => name.replace(/^(\..*)\.ts$/, '$1.js')),
    )
    for (const [name] of text.matchAll(imported)) {
      if (!name.startsWith('.') && names[name] === undefined) continue
      const wanted = declarationOf(names[name] ?? join(dirname(file), name))
      if (!existsSync(wanted)) throw new Error(`${file} names ${name}, of which there is no declaration`)
      keep(wanted)
    }
  }
  for (const entry of entries) keep(declarationOf(entry))
  for (const file of below(folder)) if (isDeclaration(file) && !kept.has(file)) rmSync(file)
}
