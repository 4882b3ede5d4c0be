import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { compile, type CompileOptions, type Program } from '../../src/index.ts'
import { writeBundle } from '../../src/onnx/write-bundle.ts'
import { loadBundle, type LoadedBundle } from '../../runtime/bundle.ts'

/** Compiles a program into a temporary folder and loads it as the runtime does. */
export function compiled(program: Program, options: CompileOptions = {}): LoadedBundle {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-bundle-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  writeBundle(folder, compile(program, options))
  return loadBundle(folder)
}
