// Lets a program anywhere on disk `import { program } from 'hebb'` and get this very copy, as if it were
// written in this package.
const here = (specifier, context) =>
  specifier === 'hebb' || specifier.startsWith('hebb/') ? { ...context, parentURL: import.meta.url } : context

// TypeScript files of the user are ES modules, whether or not a package.json near them says so.
const asModule = (found) =>
  /\.ts(\?.*)?$/.test(found.url) && !found.url.includes('/node_modules/')
    ? { ...found, format: 'module' }
    : found

export const resolveNow = (specifier, context, next) => asModule(next(specifier, here(specifier, context)))

/** For Node.js 20 and early 22, which only have asynchronous hooks. */
export const resolve = async (specifier, context, next) =>
  asModule(await next(specifier, here(specifier, context)))
