// What a package has to read: the documents of the clone and a README of its own, whose links all lead somewhere.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { ofProject } from './ignored.mjs'

/** What lies in `dist` as it lies in a clone. */
const shipped = ['docs', 'examples', 'CHANGELOG.md']
/** What only a clone has a use for: a picture of a page that is served from there, and what tests of the reference go by. */
const ofClone = ['docs/browser.png', 'docs/reference/names.json']

/** Writes the documents below `dist`, whose JavaScript is there: links to sources lead to it. */
export function writeDocuments(dist, project) {
  mkdirSync(dist, { recursive: true })
  const isOfProject = ofProject(project)
  const filter = (path) =>
    isOfProject(path) && !ofClone.includes(relative(project, path).split(sep).join('/'))
  for (const name of shipped) cpSync(join(project, name), join(dist, name), { recursive: true, filter })
  for (const path of [...shipped, ...below(dist, 'docs'), ...below(dist, 'examples')])
    if (path.endsWith('.md')) {
      const file = join(dist, path)
      writeFileSync(file, withLiveLinks(readFileSync(file, 'utf8'), dirname(file)))
    }
}

const below = (folder, name) =>
  readdirSync(join(folder, name), { recursive: true }).map((path) => join(name, path))

/** README.md of the package, in the folder that `dist` is in. */
export function writeReadme(folder, project, version) {
  const template = readFileSync(join(project, 'scripts/package/readme.md'), 'utf8')
  const [, rule] = /^(## A rule\n[^]*?\n)## /m.exec(readFileSync(join(project, 'README.md'), 'utf8'))
  // Where it stands, the documents are below dist.
  const here = rule.replace(/\]\(docs\//g, '](dist/docs/')
  writeFileSync(
    join(folder, 'README.md'),
    template.replace('{A rule}', () => here.trim()).replaceAll('{version}', version),
  )
}

/** The same text, with what links to nothing that a package has as text alone; code stays as it is. */
function withLiveLinks(text, folder) {
  const live = (link, label, path, anchor = '') => {
    if (path === '' || existsSync(join(folder, path))) return link
    const built = path.replace(/\.ts$/, '.js')
    return built !== path && existsSync(join(folder, built)) ? `[${label}](${built}${anchor})` : label
  }
  return text
    .split(/(^ *```[^]*?^ *```$)/m)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(/!?\[([^\]]*)\]\((?!\w+:)([^)#]*)(#[^)]*)?\)/g, live),
    )
    .join('')
}
