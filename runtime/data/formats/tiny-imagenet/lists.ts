import { shown } from '../../../../src/base/file-error.ts'
import { found as lookUp } from '../../../../src/base/lists.ts'
import { dataError } from '../../read.ts'
import { FOLDER, type Tree } from './tree.ts'

/** The texts of Tiny ImageNet: its classes, their names, and those of the validation images. */

export const CLASSES = 'wnids.txt'
const WORDS = 'words.txt'
export const ANNOTATIONS = 'val/val_annotations.txt'

interface Line {
  readonly number: number
  readonly fields: readonly string[]
}

/** Lines of fields between tabs. @throws UserError ('DataError') where it is missing */
async function linesOf(
  tree: Tree,
  name: string,
  help = `Unpack or download ${FOLDER}.zip again.`,
): Promise<Line[]> {
  if (!tree.has(name)) throw dataError(tree.place, `has no ${name}`, help)
  const bytes = await tree.read(name)
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .map((line, i) => ({ number: i + 1, fields: line.trimEnd().split('\t') }))
    .filter(({ fields }) => fields.length > 1 || fields[0] !== '')
}

/** In the order that numbers them. */
export async function readClasses(tree: Tree): Promise<readonly string[]> {
  const lines = await linesOf(tree, CLASSES)
  const seen = new Set<string>()
  for (const { number, fields } of lines) {
    const [id = ''] = fields
    const wrong = seen.has(id) ? 'stands there twice' : /^n\d{8}$/.test(id) ? '' : 'is no WordNet ID'
    if (wrong !== '') throw dataError(tree.path(CLASSES), `line ${number}: '${shown(id)}' ${wrong}`)
    seen.add(id)
  }
  if (seen.size === 0) throw dataError(tree.path(CLASSES), 'names no classes')
  return [...seen]
}

/** What classes are called; those without a name by their WordNet ID. */
export async function readWords(tree: Tree, ids: readonly string[]): Promise<readonly string[]> {
  if (!tree.has(WORDS)) return ids
  const words = new Map<string, string>()
  for (const { fields } of await linesOf(tree, WORDS)) {
    const [id, word] = fields
    if (id !== undefined && word !== undefined) words.set(id, word)
  }
  return ids.map((id) => words.get(id) ?? id)
}

export interface Annotated {
  /** Of a file in `val/images`. */
  readonly file: string
  readonly label: number
}

/** Whose validation images are, in their order. @throws UserError ('DataError') where files and lines do not match */
export async function readAnnotations(tree: Tree, ids: readonly string[]): Promise<readonly Annotated[]> {
  const labels = new Map(ids.map((id, label) => [id, label]))
  const there = new Set(tree.list('val/images'))
  const seen = new Set<string>()
  const lines = await linesOf(
    tree,
    ANNOTATIONS,
    `Unpack or download ${FOLDER}.zip again; where its images are sorted by class, give folder:${shown(tree.place, 4096)}.`,
  )
  const annotated = lines.map(({ number, fields }): Annotated => {
    const [file = '', id] = fields
    const fail = (problem: string) => dataError(tree.path(ANNOTATIONS), `line ${number}: ${problem}`)
    if (id === undefined) throw fail('it is not the name of a file, a tab and a class')
    if (!labels.has(id)) throw fail(`'${shown(id)}' is none of the classes of ${CLASSES}`)
    if (seen.has(file)) throw fail(`'${shown(file)}' stands there twice`)
    if (!there.has(file)) throw fail(`there is no val/images/${shown(file)}`)
    seen.add(file)
    return { file, label: lookUp(labels, id, id) }
  })
  const left = [...there].find((file) => /\.jpe?g$/i.test(file) && !file.startsWith('.') && !seen.has(file))
  if (left !== undefined) throw dataError(tree.path(ANNOTATIONS), `says nothing of val/images/${shown(left)}`)
  return annotated
}
