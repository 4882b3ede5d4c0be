// What git ignores is made, or the user's own: no package has it, in a clone or in an archive of the sources.
import { readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import ignore from 'ignore'

/** Whether a path of the project is of the project, by its .gitignore: as the filter of `cpSync`. */
export function ofProject(project) {
  const ignored = ignore().add(readFileSync(join(project, '.gitignore'), 'utf8'))
  return (path) => {
    const name = relative(project, path).split(sep).join('/')
    return !ignored.ignores(statSync(path).isDirectory() ? `${name}/` : name)
  }
}
