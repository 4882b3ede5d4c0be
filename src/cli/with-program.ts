import { keepCallSites } from '../ir/call-sites.ts'
import { letSignalsEnd } from './give-back.ts'
import { explainImport } from './explain-import.ts'
import { explainThrow, type When } from './explain-throw.ts'
import { attemptedEnding, refuseEndings } from './guard/endings.ts'
import { rememberProcess } from './guard/restore.ts'
import { settled, turn } from './guard/settled.ts'
import { DEFAULT_TIMEOUT, pendingError } from './guard/timeout-error.ts'
import { watch } from './guard/watchdog.ts'
import { importProgram, requireProgram, splitPath } from './load-program.ts'
import { atOptions, configured, type LoadFlags } from './settings.ts'
import { loneAwait } from './source-lines.ts'
import type { Program } from '../lang/program.ts'

/** The last program that was loaded: what is thrown later by nobody else may be from a timer of its own. */
let last: string | undefined
export const loadedProgram = (): string | undefined => last

/**
 * Runs a program file and then `use`, which calls the functions of the program: its rules. Whatever the program does
 * meanwhile to the process it runs in is put back or refused: it is somebody's code.
 *
 * @param path `recipes.ts#plusPlus` is the export plusPlus of recipes.ts, without a # it is the default export.
 * @param flags The options that it is loaded with, and the seconds that both may take.
 * @throws UserError for whatever is wrong with the file, with its line where that can be known.
 */
export const withProgram = <Result>(
  path: string,
  flags: LoadFlags,
  use: (program: Program) => Result,
): Promise<Result> =>
  withModule(path, flags, async (module, { file, name }) => {
    const found = configured(await requireProgram(module, file, name), path, flags)
    return atOptions(found, () => use(found))
  })

/** The same of a file that exports something else than a program. */
export async function withModule<Result>(
  path: string,
  { timeout: seconds = DEFAULT_TIMEOUT }: Pick<LoadFlags, 'timeout'>,
  use: (module: Record<string, unknown>, place: ReturnType<typeof splitPath>) => Result | Promise<Result>,
): Promise<Result> {
  const place = splitPath(path)
  const { file } = place
  last = file
  refuseEndings()
  keepCallSites()
  attemptedEnding()
  const signalsAreHeard = letSignalsEnd()
  const putBack = rememberProcess()
  const callOff = watch(file, seconds)
  try {
    const module = await load(file, seconds)
    // What is due of its timers and rejections is its own mistake, too.
    await turn()
    putBack()
    const result = await use(module, place)
    await turn()
    // It may have caught the error.
    const ending = attemptedEnding()
    if (ending) throw ending
    return result
  } catch (error) {
    putBack()
    throw await explain(error, { program: file, while: 'compiled' })
  } finally {
    putBack()
    signalsAreHeard()
    await callOff()
  }
}

async function load(file: string, seconds: number): Promise<Record<string, unknown>> {
  try {
    return await settled(importProgram(file), seconds, (after) => pendingError(file, loneAwait(file), after))
  } catch (error) {
    throw await explain(error, { program: file, while: 'loaded' })
  }
}

const explain = async (error: unknown, when: When & { readonly program: string }): Promise<unknown> =>
  (await explainImport(error, when.program)) ?? explainThrow(error, when)
