import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isThere } from '../base/file-kind.ts'
import { packageFolder as project, treeFolder } from '../base/package-folder.ts'
import { installedFrom } from './installed.ts'
import { ownImages } from './own-images.ts'
import { word } from './shell-word.ts'

const isWithin = (folder: string, path: string): boolean => !relative(folder, resolve(path)).startsWith('..')

/** How to train and to test a new rule from the working folder: in short where npx finds this very hebb, else by whole paths. */
export function nextSteps(rulePath: string, testPath: string): string {
  const isHome = isSame(process.cwd(), project)
  const found = installedFrom('.', 'hebb')
  const isFound = isHome || (found !== undefined && isSame(found, project))
  const hebb = isFound ? 'npx hebb' : `node ${word(join(treeFolder, 'bin/hebb.mjs'))}`
  const [data, note] = images(isHome)
  const run = word(join('runs', basename(rulePath, '.ts')))
  return `next:
  ${hebb} train ${word(rulePath)} --data ${data} --out ${run} --steps 100${note}
  ${isHome && isWithin(project, testPath) ? `npx vitest run ${word(testPath)}` : vitest(testPath)}`
}

const isSame = (one: string, other: string): boolean => realpathSync(one) === realpathSync(other)

/** A clone has images to try a rule on, a package has none. */
const images = (isHome: boolean): [data: string, note: string] =>
  isThere(ownImages)
    ? [word(isHome ? relative(project, ownImages) : ownImages), '']
    : ['FOLDER', '   # of images, such as the files of Fashion-MNIST']

/** Vitest of the user's own, or that of a clone, which knows where 'hebb' is, on a test anywhere. */
function vitest(testPath: string): string {
  const folder = dirname(testPath)
  const own = installedFrom(folder, 'hebb') !== undefined
  const where = isWithin('.', testPath)
    ? word(relative('.', testPath))
    : `--root ${word(resolve(folder))} ${word(basename(testPath))}`
  if (own && installedFrom(folder, 'vitest') !== undefined) return `npx vitest run ${where}`
  const ofClone = installedFrom(project, 'vitest')
  const config = join(project, 'vitest.config.ts')
  if (ofClone !== undefined && isThere(config)) {
    const script = word(join(ofClone, 'vitest.mjs'))
    return `node ${script} run --config ${word(config)} --root ${word(resolve(folder))} ${word(basename(testPath))}`
  }
  const needed = own ? 'vitest' : `vitest ${word(project)}`
  return `npm install --save-dev ${needed} && npx vitest run ${where}   # its test, and npx tsc, need vitest`
}
