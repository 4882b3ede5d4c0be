import { bundleInMemory, loadBundle, type LoadedBundle } from '../../runtime/bundle.ts'
import { manifestText } from '../onnx/write-bundle.ts'
import { compileFile, type CompileFlags } from './compile.ts'
import { isProgramPath } from './load-program.ts'

/** The bundle of a folder, or of a program that is compiled now and written nowhere. */
export async function bundleFrom(path: string, flags: CompileFlags = {}): Promise<LoadedBundle> {
  if (!isProgramPath(path)) return loadBundle(path)
  const { manifest, files } = await compileFile(path, flags)
  return bundleInMemory(manifestText(manifest), files)
}
