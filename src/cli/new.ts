import { rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { orFileError } from '../base/file-error.ts'
import { isThere } from '../base/file-kind.ts'
import { makeFolder } from '../base/make-folder.ts'
import { writeNewFile } from '../base/new-file.ts'
import { exitCodes } from './exit-codes.ts'
import { folder, parseFlags } from './flags.ts'
import { ruleText, testText } from './new-rule.ts'
import { nextSteps } from './next-steps.ts'
import { requireFolderPlace } from './outputs.ts'
import { ruleNames } from './rule-names.ts'
import { settingsText } from './typescript/settings.ts'

const flagSchema = z.object({ out: folder.default('.') })

/** @throws UserError where a file is there already or cannot be written. */
function writeNew(files: ReadonlyMap<string, string>): void {
  const there = [...files.keys()].find((path) => isThere(path))
  if (there !== undefined)
    throw new UserError('FileError', `${there} is there already`, {
      help: 'Nothing was written. Give another name, or another folder: --out FOLDER.',
    })
  const made: string[] = []
  try {
    for (const [path, text] of files) {
      // Not even where another process makes one at this moment.
      orFileError('write', path, () => {
        writeNewFile(path, text)
      })
      made.push(path)
    }
  } catch (error) {
    // One without the other would be in the way of the next try.
    for (const path of made) rmSync(path, { force: true })
    throw error
  }
}

/** A tsconfig.json for editors, which would know neither hebb nor how strict to be; none where one is there already. */
function settingsFor(out: string): ReadonlyMap<string, string> {
  const path = 'tsconfig.json'
  for (let folder = resolve(out); ; folder = dirname(folder)) {
    if (isThere(join(folder, path))) return new Map()
    if (folder === dirname(folder)) return new Map([[join(out, path), settingsText(out)]])
  }
}

const newRuleCommand = (): Command =>
  new Command('rule')
    .summary('a learning rule with a program and a test')
    .description('Write a commented learning rule with a small program that uses it, and its test.')
    .argument('<name>', 'its name, such as my-rule or myRule: the file is my-rule.ts, the export myRule')
    .option('--out <folder>', 'where the files go (default: here)')
    .addHelpText(
      'after',
      `
Examples:
  hebb new rule mine
  hebb new rule my-rule --out rules/mine

Files that are there are never overwritten. A tsconfig.json, by which editors check types, is written where there is none in the
folder or above it.`,
    )
    .action((name: string, _options: unknown, command: Command) => {
      const { out } = parseFlags(command, flagSchema)
      const names = ruleNames(name)
      if (typeof names === 'string')
        return command.error(`error: '${name}' ${names}`, {
          code: 'hebb.invalidName',
          exitCode: exitCodes.usage,
        })
      const rulePath = join(out, `${names.rule}.ts`)
      const testPath = join(out, `${names.rule}.test.ts`)
      requireFolderPlace(out)
      makeFolder(out)
      const settings = settingsFor(out)
      writeNew(new Map([[rulePath, ruleText(names)], [testPath, testText(names)], ...settings]))
      const [also] = settings.keys()
      const wrote =
        also === undefined ? `${rulePath} and ${testPath}` : `${rulePath}, ${testPath} and ${also}`
      console.log(`wrote ${wrote}\n\n${nextSteps(rulePath, testPath)}`)
    })

export const newCommand = (): Command =>
  new Command('new')
    .summary('write the files of something new: a rule')
    .description('Write the files of something new, to be filled in.')
    .addCommand(newRuleCommand())
    .addHelpText(
      'after',
      `
Examples:
  hebb new rule mine
  hebb new rule my-rule --out rules/mine`,
    )
