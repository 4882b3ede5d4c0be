import { dirname } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { compile, type CompileOptions } from '../compile.ts'
import type { CompiledBundle } from '../bundle/bundle-in-memory.ts'
import { requireBundlePlace, writeBundle } from '../bundle/write-bundle.ts'
import { headings, layerTable, untaughtParameters } from './describe.ts'
import { foreseenTime } from '../sections/estimate.ts'
import { exitCodes } from './exit-codes.ts'
import { folder, parseFlags } from './flags.ts'
import { requireFolderPlace } from './outputs.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import {
  addShardsFlag,
  addStepsFlag,
  loweringFlags,
  loweringOptions,
  type LoweringFlags,
} from './lowering-flags.ts'
import { targets } from '../bundle/lowerings.ts'
import { algorithms } from '../bundle/lowerings.ts'
import { withProgramOf, type ClassesOf } from './classes.ts'
import { withProgram } from './with-program.ts'
import type { Dealable, ShardsOf } from './shards/for-training.ts'
import { printable } from '../base/printable.ts'
import { bytes, duration, plural } from './units.ts'
import type { LoadFlags } from './settings.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { Program } from '../lang/program.ts'

const flagSchema = z.object({
  out: folder,
  fused: z.boolean().optional(),
  dtype: z.enum(['float32', 'float64'], 'must be float32 or float64').optional(),
  ...loweringFlags,
  ...programFlags,
})

export interface CompileFlags extends LoweringFlags, LoadFlags {
  readonly fused?: boolean | undefined
  /** Overrides the program's own. */
  readonly dtype?: 'float32' | 'float64' | undefined
  readonly observe?: CompileOptions['observe']
  /** Of a program that does not say how many classes there are. */
  readonly classesOf?: ClassesOf | undefined
  /** Of a program that is trained: how many shards it is worth. */
  readonly shardsOf?: ShardsOf | undefined
}

/** Compiles a program, and says on stderr what may not be meant of it. */
export function compileNoticing(program: Program, options: CompileOptions = {}): CompiledBundle {
  const tell = (notice: string | undefined) => {
    if (notice !== undefined) console.error(printable(notice))
  }
  tell(foreseenTime(program))
  const bundle = compile(program, { ...options, onNotice: tell })
  tell(untaughtParameters(bundle.manifest))
  return bundle
}

const dealable = ({ input, batch }: Program): Dealable => ({ input, batch })

/** Loads and compiles a program file. Throws a UserError for mistakes in it. */
export async function compileFile(
  path: string,
  { fused, dtype, observe, classesOf, shardsOf, timeout, set, kept, ...flags }: CompileFlags,
): Promise<CompiledBundle> {
  const load = { timeout, set, kept }
  const shards = shardsOf && (await shardsOf(await withProgram(path, load, dealable)))
  const options = {
    ...(fused === undefined ? {} : { fused }),
    ...(observe ? { observe } : {}),
    ...loweringOptions({ shards, ...flags }),
  }
  return withProgramOf(path, load, classesOf, (program) =>
    compileNoticing(dtype ? { ...program, dtype } : program, options),
  )
}

/** `4 shards, each of 5 images, whose activity is made again for its gradients`; undefined where there are none. */
function shardsText({ sharded }: Manifest, { recompute = false }: LoweringFlags): string | undefined {
  if (sharded?.shards === undefined) return undefined
  const { shards, batch } = sharded
  const again = recompute ? ', whose activity is made again for its gradients' : ''
  return `${plural(shards, 'shard')}, each of ${plural(batch / shards, 'image')}${again}`
}

export const compileCommand = (): Command =>
  addProgramFlags(
    addShardsFlag(
      addStepsFlag(
        new Command('compile')
          .summary('compile a program to ONNX training graphs')
          .description(
            'Compile a program, a TypeScript file, to a bundle: a folder of ONNX graphs and a manifest.',
          )
          .argument(
            '<program>',
            'TypeScript file that exports program({ … }) as its default; another export: file.ts#name',
          )
          .option('--out <folder>', 'where the bundle goes; a bundle that is there is replaced')
          .option('--fused', 'one graph for the whole training step (default for cuda)')
          .option('--no-fused', 'a graph for each layer (default but for cuda)')
          .option('--dtype <type>', "float32 or float64, in place of the program's own")
          .option(
            '--recompute',
            'with --shards: each makes its activity again for its gradients, so that shards in turn need little memory',
          )
          .option('--target <target>', `where graphs are to run: ${targets.join(', ')} (default cpu)`)
          .option('--memory <bytes>', 'most memory for temporaries of one convolution (default 4G)')
          .option(
            '--lowering <algorithms>',
            `algorithms of convolutions, conv4=winograd4,…: ${algorithms.join(', ')}`,
          ),
      ),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb compile mine.ts --out bundles/mine
  hebb compile mine.ts#wide --out bundles/wide         export const wide = program({ … })
  hebb compile mine.ts --out bundles/mine-fused --fused
  hebb compile mine.ts --out bundles/mine-64 --dtype float64   for gradient checks
  hebb compile mine.ts --out bundles/mine --lowering conv4=winograd4,conv5.weightGradient=columns
  hebb compile mine.ts --out bundles/mine --shards 4           for as many cores or GPUs
  hebb compile mine.ts --out bundles/mine --target portable    short graphs, for any runtime`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const { out, ...flags } = parseFlags(command, flagSchema)
      if (flags.recompute === true && flags.shards === undefined)
        command.error("error: option '--recompute' is for --shards", { exitCode: exitCodes.usage })
      requireFolderPlace(out)
      requireFolderPlace(dirname(requireBundlePlace(out)))
      const start = performance.now()
      const bundle = await compileFile(path, flags)
      const seconds = (performance.now() - start) / 1000
      writeBundle(out, bundle)
      const size = [...bundle.files.values()].reduce((sum, file) => sum + file.length, 0)
      console.log(`${headings(bundle.manifest)}\n\n${layerTable(bundle.manifest)}\n`)
      const dealt = shardsText(bundle.manifest, flags)
      if (dealt !== undefined) console.log(`${dealt}\n`)
      console.log(
        `${plural(bundle.files.size, 'graph')}, ${bytes(size)}, in ${out} (compiled in ${duration(seconds)})`,
      )
    })
