import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const config = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

/** What the compiler of TypeScript, as strict as for our own files, says of files in the project's folder. */
export function typeErrors(files: readonly string[]): readonly string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const { options = {} } = ts.getParsedCommandLineOfConfigFile(config, {}, host) ?? {}
  return ts
    .getPreEmitDiagnostics(ts.createProgram(files, options))
    .map(({ file, start = 0, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
      return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
}
