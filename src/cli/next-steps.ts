import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { packageFolder as project, treeFolder } from '../base/package-folder.ts'
import { ownImages } from './own-images.ts'
import { word } from './shell-word.ts'

const isWithin = (folder: string, path: string): boolean => !relative(folder, resolve(path)).startsWith('..')

/** How to train and to test a new rule from the working folder: in short from the project's own, else by whole paths. */
export function nextSteps(rulePath: string, testPath: string): string {
  const isHome = relative(project, process.cwd()) === ''
  const hebb = isHome ? 'npx hebb' : `node ${word(join(treeFolder, 'bin/hebb.mjs'))}`
  const data = word(isHome ? relative(project, ownImages) : ownImages)
  const run = word(join('runs', basename(rulePath, '.ts')))
  const test = isHome && isWithin(project, testPath) ? `npx vitest run ${word(testPath)}` : vitest(testPath)
  return `next:
  ${hebb} train ${word(rulePath)} --data ${data} --out ${run} --steps 100
  ${test}`
}

/** Vitest of the project, which knows where 'hebb' is, on a test anywhere. */
function vitest(testPath: string): string {
  const script = vitestScript()
  if (script === undefined) return 'its test needs Vitest, which a clone of hebb has: run npm ci there'
  const [config, root] = [join(project, 'vitest.config.ts'), resolve(dirname(testPath))]
  return `node ${word(script)} run --config ${word(config)} --root ${word(root)} ${word(basename(testPath))}`
}

/** A development dependency of ours: undefined where hebb was installed without them. */
function vitestScript(): string | undefined {
  try {
    return join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')
  } catch {
    return undefined
  }
}
