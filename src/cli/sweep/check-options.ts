import { UserError } from '../../base/error.ts'
import { isProgramPath, requireProgram } from '../load-program.ts'
import { configured } from '../settings.ts'
import { withModule } from '../with-program.ts'
import type { RecordedRun } from './record.ts'

/**
 * Whether programs take the options that runs are to be made with: said once, before a run is made, and not by each.
 *
 * @param timeout seconds that a program may take to load
 * @throws UserError as `configured` does, and ('SweepError') for options of a bundle
 */
export async function requireOptions(
  runs: readonly RecordedRun[],
  timeout: number | undefined,
): Promise<void> {
  const programs = new Map<string, Map<string, RecordedRun['options']>>()
  for (const { program, options } of runs) {
    const all = programs.get(program) ?? new Map<string, RecordedRun['options']>()
    programs.set(program, all.set(JSON.stringify(options), options))
  }
  for (const [path, all] of programs) {
    const sets = [...all.values()]
    if (!isProgramPath(path)) requireNone(path, sets)
    else
      await withModule(path, { timeout }, async (module, { file, name }) => {
        const program = await requireProgram(module, file, name)
        for (const set of sets) configured(program, path, { set })
      })
  }
}

function requireNone(path: string, sets: readonly RecordedRun['options'][]): void {
  const name = sets.flatMap((set) => Object.keys(set))[0]
  if (name === undefined) return
  throw new UserError(
    'SweepError',
    `${path} is a bundle, whose options are fixed: '${name}' cannot be varied`,
    {
      help: 'Give the program.ts that it was compiled from.',
    },
  )
}
