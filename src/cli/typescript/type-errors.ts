import { dirname, join, resolve } from 'node:path'
import { UserError } from '../../base/error.ts'
import { printableLines } from '../../base/printable.ts'
import { showPath } from '../user-line.ts'
import { treeFolder } from '../../base/package-folder.ts'
import { ownPaths, settings, typeRoot } from './settings.ts'
import type { CompilerOptions, Diagnostic, SourceFile } from 'typescript'

/** What TypeScript found in a program, and which TypeScript that was. */
export interface TypeErrors {
  /** `mine.ts:12:3 Type 'string' is not …`, with more lines where TypeScript gives reasons. */
  readonly errors: readonly string[]
  readonly version: string
  /** The tsconfig.json by which it went; undefined: by ours. */
  readonly config: string | undefined
}

/**
 * What the compiler of TypeScript says of a program and the files that it imports, by the user's own tsconfig.json where
 * there is one. Of our sources nothing is told: their settings are not the user's affair.
 *
 * @throws UserError where the tsconfig.json cannot be read.
 */
export async function findTypeErrors(file: string): Promise<TypeErrors> {
  // It takes a while to load, and no other command needs it.
  const { default: ts } = await import('typescript')
  const path = resolve(file)
  const config = ts.findConfigFile(dirname(path), (each) => ts.sys.fileExists(each))
  const messageOf = ({ messageText }: Diagnostic) => ts.flattenDiagnosticMessageText(messageText, '\n')
  const options = config === undefined ? convert(settings) : read(config)
  const program = ts.createProgram([path], {
    ...options,
    noEmit: true,
    allowImportingTsExtensions: true,
    // Without a tsconfig.json there is nothing that paths could be relative to.
    paths: { ...options.paths, ...ownPaths() },
    typeRoots: [...(options.typeRoots ?? [join(dirname(path), 'node_modules/@types')]), typeRoot()],
    types: [...new Set([...(options.types ?? []), 'node'])],
  })
  const theirs = program.getSourceFiles().filter((each) => !isOurs(each))
  const found = ts.sortAndDeduplicateDiagnostics([
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...theirs.flatMap((each) => [
      ...program.getSyntacticDiagnostics(each),
      ...program.getSemanticDiagnostics(each),
      ...(program.getCompilerOptions().declaration ? program.getDeclarationDiagnostics(each) : []),
    ]),
  ])
  return { errors: found.map(shown), version: ts.version, config: config && showPath(config) }

  function convert(raw: object): CompilerOptions {
    return ts.convertCompilerOptionsFromJson(raw, dirname(path)).options
  }

  function read(name: string): CompilerOptions {
    const host = {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic: Diagnostic) => {
        throw unreadable(name, messageOf(diagnostic))
      },
    }
    const parsed = ts.getParsedCommandLineOfConfigFile(name, {}, host)
    // That it names no files is no matter: the program is named.
    const problem = parsed?.errors.find(({ code }) => code !== 18003 && code !== 18002)
    if (!parsed || problem) throw unreadable(name, problem ? messageOf(problem) : 'it is empty')
    return parsed.options
  }

  function shown(diagnostic: Diagnostic): string {
    const { file: source, start = 0, code } = diagnostic
    const [first = '', ...more] = printableLines(messageOf(diagnostic)).split('\n')
    const message = [`${first} (TS${code})`, ...more].join('\n')
    if (!source) return message
    const { line, character } = source.getLineAndCharacterOfPosition(start)
    return `${showPath(source.fileName)}:${line + 1}:${character + 1} ${message}`
  }
}

const unreadable = (config: string, problem: string): UserError =>
  new UserError('FileError', `${showPath(config)} is not understood: ${problem}`, {
    help: 'Mend it, or remove it: hebb check has settings of its own.',
  })

const ownFolders = ['src', 'rules', 'runtime', 'testing', 'node_modules'].map((name) =>
  join(treeFolder, name),
)

/** Of our sources, or of what we depend on: to check them, too, would take several times as long. */
const isOurs = ({ fileName }: SourceFile): boolean =>
  ownFolders.some((folder) => resolve(fileName).startsWith(`${folder}/`))
