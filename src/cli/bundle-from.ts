import { loadBundle } from '../bundle/load-bundle.ts'
import { isProgramPath } from './load-program.ts'
import type { Bundle } from '../bundle/bundle.ts'
import type { CompileFlags } from './compile.ts'

/** The bundle of a folder, or of a program that is compiled now and written nowhere. */
export async function bundleFrom(path: string, flags: CompileFlags = {}): Promise<Bundle> {
  if (!isProgramPath(path)) return loadBundle(path)
  // Who runs bundles needs no compiler.
  const { compileFile } = await import('./compile.ts')
  return compileFile(path, flags)
}
