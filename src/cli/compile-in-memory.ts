import { bundleInMemory, type LoadedBundle } from '../bundle/load-bundle.ts'
import { manifestText } from '../bundle/write-bundle.ts'
import { compileFile, type CompileFlags } from './compile.ts'

/** The bundle of a program that is compiled now and written nowhere. */
export async function compileInMemory(path: string, flags: CompileFlags): Promise<LoadedBundle> {
  const { manifest, files } = await compileFile(path, flags)
  return bundleInMemory(manifestText(manifest), files)
}
