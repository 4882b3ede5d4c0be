// Lets a program anywhere on disk `import { program } from 'hebb'` and get this very copy.
const own = {
  hebb: new URL('../src/index.ts', import.meta.url).href,
  'hebb/rules': new URL('../rules/index.ts', import.meta.url).href,
  'hebb/runtime': new URL('../runtime/index.ts', import.meta.url).href,
}

export function resolve(specifier, context, nextResolve) {
  return nextResolve(own[specifier] ?? specifier, context)
}
