import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

// Lets a program anywhere on disk `import { program } from 'hebb'` and get this very copy, as if it were
// written in this package.
const here = (specifier, context) =>
  specifier === 'hebb' || specifier.startsWith('hebb/') ? { ...context, parentURL: import.meta.url } : context

// TypeScript files of the user are ES modules, whether or not a package.json near them says so; tsx marks those that
// it would take for CommonJS in their URL.
const asModule = (found) => {
  const url = found.url.replace(/(%3F|\?)tsx-commonjs-.*$/s, '')
  return /\.ts(\?.*)?$/.test(url) && !url.includes('/node_modules/')
    ? { ...found, url, format: 'module' }
    : found
}

export const resolveNow = (specifier, context, next) => asModule(next(specifier, here(specifier, context)))

/** For Node.js 20 and early 22, which only have asynchronous hooks. */
export const resolve = async (specifier, context, next) =>
  asModule(await next(specifier, here(specifier, context)))

// Where a path has a question mark in it, tsx takes what follows for a query, and the file for JavaScript.
const isOdd = (url) => /^file:[^?]*%3F[^?]*\.m?ts$/i.test(url) && !url.includes('tsx-')

const read = (url) => {
  const path = fileURLToPath(url)
  // tsx's own: we depend on it by tsx alone.
  const { transformSync } = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild')
  const target = `node${process.versions.node}`
  const options = { loader: 'ts', format: 'esm', sourcemap: 'inline', sourcefile: path, target }
  return {
    format: 'module',
    source: transformSync(readFileSync(path, 'utf8'), options).code,
    shortCircuit: true,
  }
}

export const loadNow = (url, context, next) => (isOdd(url) ? read(url) : next(url, context))
export const load = loadNow
