import { loadBundle, type LoadedBundle } from '../bundle/load-bundle.ts'
import { isProgramPath } from './load-program.ts'
import type { CompileFlags } from './compile.ts'

/** The bundle of a folder, or of a program that is compiled now and written nowhere. */
export async function bundleFrom(path: string, flags: CompileFlags = {}): Promise<LoadedBundle> {
  if (!isProgramPath(path)) return loadBundle(path)
  // Who runs bundles needs no compiler.
  const { compileInMemory } = await import('./compile-in-memory.ts')
  return compileInMemory(path, flags)
}
