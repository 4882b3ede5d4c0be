import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const config = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

interface Asked {
  /** A tsconfig.json; ours where nothing is said. */
  readonly settings?: string
  /** Whether what the files import is checked, too: our sources have a check of their own. */
  readonly imported?: boolean
}

/** What the compiler of TypeScript says of files. */
export function typeErrors(
  files: readonly string[],
  { settings = config, imported = false }: Asked = {},
): readonly string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const { options = {} } = ts.getParsedCommandLineOfConfigFile(settings, {}, host) ?? {}
  const program = ts.createProgram(files, options)
  const named = new Set(files.map((file) => resolve(file)))
  const checked = program.getSourceFiles().filter(({ fileName }) => imported || named.has(resolve(fileName)))
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((each) => [
      ...program.getSyntacticDiagnostics(each),
      ...program.getSemanticDiagnostics(each),
    ]),
  ].map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
