import { openSplit } from '../../runtime/data/open.ts'
import { withClasses } from '../lang/image-input.ts'
import { preparingVisibly } from './preparing.ts'
import { withProgram } from './with-program.ts'
import type { LoadFlags } from './settings.ts'
import type { DataSource } from '../../runtime/data/format.ts'
import type { RunFolder } from '../../runtime/files/run-folder.ts'
import type { Images } from '../lang/image-input.ts'
import type { Program } from '../lang/program.ts'

/** How many classes a program is for that does not say so; undefined where that cannot be known. */
export type ClassesOf = (input: Images) => Promise<number | undefined>

/** As many as the labels of a data set have, those of all its splits. */
export const classesOfData =
  (source: DataSource): ClassesOf =>
  async ({ channels, height, width }) => {
    const split = source.splits.includes('train') ? 'train' : source.splits[0]
    if (split === undefined) return undefined
    const wanted = [channels, height, width] as const
    return (await openSplit(source, split, { wanted, ...preparingVisibly() })).classes
  }

/** As many as a run was started for. */
export const classesOfRun =
  ({ bundle }: RunFolder): ClassesOf =>
  () =>
    Promise.resolve(bundle.manifest.program.input.classes)

/** As `withProgram`, whose program has as many classes as are asked for here where it does not say how many. */
export async function withProgramOf<Result>(
  path: string,
  flags: LoadFlags,
  classesOf: ClassesOf | undefined,
  use: (program: Program) => Result,
): Promise<Result> {
  const input = classesOf && (await withProgram(path, flags, ({ input }) => input))
  const classes = input && !input.areClassesGiven ? await classesOf(input) : undefined
  return withProgram(path, flags, (program) => use(withClasses(program, classes)))
}
