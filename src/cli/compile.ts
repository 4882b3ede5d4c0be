import { Command } from 'commander'
import { z } from 'zod'
import { compile } from '../compile.ts'
import type { Bundle } from '../onnx/bundle.ts'
import { writeBundle } from '../onnx/write-bundle.ts'
import { headline, layerTable } from './describe.ts'
import { explainThrow } from './explain-throw.ts'
import { folder, parseFlags } from './flags.ts'
import { loadProgram } from './load-program.ts'
import { bytes, duration, plural } from './units.ts'

const flagSchema = z.object({
  out: folder,
  fused: z.boolean().default(false),
  dtype: z.enum(['float32', 'float64'], 'must be float32 or float64').optional(),
})

export interface CompileFlags {
  readonly fused?: boolean
  /** Overrides the program's own. */
  readonly dtype?: 'float32' | 'float64' | undefined
}

/** Loads and compiles a program file. Throws a UserError for mistakes in it. */
export async function compileFile(path: string, { fused = false, dtype }: CompileFlags): Promise<Bundle> {
  const program = await loadProgram(path)
  try {
    return compile(dtype ? { ...program, dtype } : program, { fused })
  } catch (error) {
    throw explainThrow(error)
  }
}

export const compileCommand = (): Command =>
  new Command('compile')
    .summary('compile a program to ONNX training graphs')
    .description('Compile a program, a TypeScript file, to a bundle: a folder of ONNX graphs and a manifest.')
    .argument(
      '<program>',
      'TypeScript file that exports program({ … }) as its default; another export: file.ts#name',
    )
    .option('--out <folder>', 'where the bundle goes; a bundle that is there is replaced')
    .option('--fused', 'one graph for the whole training step, not one per layer')
    .option('--dtype <type>', "float32 or float64, in place of the program's own")
    .addHelpText(
      'after',
      `
Examples:
  hebb compile mine.ts --out bundles/mine
  hebb compile mine.ts#wide --out bundles/wide         export const wide = program({ … })
  hebb compile mine.ts --out bundles/mine-fused --fused
  hebb compile mine.ts --out bundles/mine-64 --dtype float64   for gradient checks`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { out, ...flags } = parseFlags(command, flagSchema)
      const start = performance.now()
      const bundle = await compileFile(path, flags)
      const seconds = (performance.now() - start) / 1000
      writeBundle(out, bundle)
      const size = [...bundle.files.values()].reduce((sum, file) => sum + file.length, 0)
      console.log(`${headline(bundle.manifest)}\n\n${layerTable(bundle.manifest)}\n`)
      console.log(
        `${plural(bundle.files.size, 'graph')}, ${bytes(size)}, in ${out} (compiled in ${duration(seconds)})`,
      )
    })
