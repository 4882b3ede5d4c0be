import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const config = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

/** What the compiler of TypeScript says of files: as strict as for our own, where nothing else is said. */
export function typeErrors(files: readonly string[], settings = config): readonly string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const { options = {} } = ts.getParsedCommandLineOfConfigFile(settings, {}, host) ?? {}
  return ts
    .getPreEmitDiagnostics(ts.createProgram(files, options))
    .map(({ file, start = 0, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
      return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
}
