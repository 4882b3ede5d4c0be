import { MIXED_ON_CPU } from '../base/mixed-on-cpu.ts'
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

/** The same, to be trained where the graphs of a program would be meant for. */
export async function bundleToTrain(path: string, flags: CompileFlags): Promise<Bundle> {
  const bundle = await bundleFrom(path, flags)
  // Of a program it is told as that is compiled.
  if (!isProgramPath(path) && flags.target !== 'cuda' && bundle.manifest.program.precision === 'mixed')
    console.error(MIXED_ON_CPU)
  return bundle
}
