import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBundle } from '../onnx/write-bundle.ts'
import { compileFile, type CompileFlags } from './compile.ts'
import { isProgramPath } from './load-program.ts'

/** Gives `use` the folder of a bundle: the one named, or one compiled from the program named and removed after. */
export async function withBundle<Result>(
  path: string,
  use: (folder: string) => Promise<Result>,
  flags: CompileFlags = {},
): Promise<Result> {
  if (!isProgramPath(path)) return use(path)
  // Before the folder: a program may end the command.
  const bundle = await compileFile(path, flags)
  const temporary = mkdtempSync(join(tmpdir(), 'hebb-'))
  try {
    const folder = join(temporary, 'bundle')
    writeBundle(folder, bundle)
    return await use(folder)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
