/**
 * What trained runs of the paper's variants know and how their updates agree with backpropagation, for
 * docs/reproduction.md. Runs are folders VARIANT-SEED of `hebb train`; what is measured already is not measured again.
 *
 *     npx tsx reproduction/reproduce.ts runs/reproduction --data data/cifar10
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import * as recipes from '../rules/recipes/cifar10-quarter.ts'
import { compile } from '../src/index.ts'
import { compileAlignment } from '../src/compile-gradients.ts'
import { folder, parseFlags, wholeNumber } from '../src/cli/flags.ts'
import { writeBundle } from '../src/bundle/write-bundle.ts'
import { measureAlignment } from '../runtime/align/measure.ts'
import { writeAtomically } from '../runtime/files/atomic.ts'
import { loadBundle } from '../src/bundle/load-bundle.ts'
import { loadCheckpoint } from '../runtime/files/checkpoint.ts'
import { subset } from '../runtime/data/dataset.ts'
import { openDataset } from '../runtime/data/open.ts'
import { selectPerClass } from '../runtime/data/split.ts'
import { probeEncoder, probePixels } from '../runtime/probe/probe.ts'
import { openRun, runFiles } from '../runtime/files/run-folder.ts'
import { initialValues } from '../runtime/values/start.ts'
import { replaceSection } from '../bench/markdown.ts'
import { runCommand } from '../bench/options.ts'
import { withFolder } from '../bench/prepare.ts'
import { measuredSchema, type Measured } from '../bench/measured.ts'
import { reproductionTables } from './tables.ts'
import type { Values } from '../runtime/values/value-store.ts'

/** The paper's variants in its order of accuracy. */
const variants = ['withoutSpatial', 'plusPlus', 'directFeedback', 'both', 'backpropagation'] as const
type Variant = (typeof variants)[number]

const flagSchema = z.object({
  data: folder,
  seeds: wholeNumber(1).default(2),
  perClass: wholeNumber(1).default(1000),
  epochs: wholeNumber(1).default(20),
  batches: wholeNumber(1).default(10),
})
type Flags = z.infer<typeof flagSchema>

const inProject = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

/** Gives what was measured before, or measures and writes it down. */
async function once(name: string, measure: () => Promise<Measured>): Promise<Measured> {
  const file = inProject(`reproduction/results/${name}.json`)
  if (existsSync(file)) return measuredSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  console.error(`measuring ${name}`)
  const measured = measuredSchema.parse(await measure())
  mkdirSync(dirname(file), { recursive: true })
  const text = JSON.stringify(measured, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value,
  )
  writeAtomically(file, [await format(text, { ...(await resolveConfig(file)), filepath: file })])
  return measured
}

/** Features of a fresh compilation: probes do not depend on how the steps of training are computed. */
async function prober(temporary: string, { data, perClass, epochs }: Flags) {
  writeBundle(join(temporary, 'bundle'), compile(recipes.plusPlus))
  const bundle = loadBundle(join(temporary, 'bundle'))
  const all = await openDataset(data, 'train')
  const test = await openDataset(data, 'test')
  const options = (seed: number) => ({
    bundle,
    train: subset(all, selectPerClass(all, perClass, 0)),
    test,
    ...{ seed, epochs, repeats: 3 },
  })
  return {
    pixels: (seed: number) => probePixels(options(seed)),
    encoder: (values: Values, seed: number) => probeEncoder(values, options(seed)),
    untrained: (seed: number) => initialValues(bundle.manifest.train, seed),
  }
}

async function alignmentOf(variant: Variant, values: Values, seed: number, { data, batches }: Flags) {
  const bundle = compileAlignment(recipes[variant])
  const all = new Map([...initialValues(bundle.manifest.alignment, seed), ...values])
  const found = await measureAlignment({
    bundle,
    dataset: await openDataset(data, 'train'),
    values: all,
    seed,
    batches,
  })
  if (!found) throw new Error('the measurement of alignment was stopped')
  const layers = found.layers.map(({ layer, cosine }) => ({ layer, cosine: cosine.mean }))
  return { layers, mean: found.mean.cosine.mean }
}

const command = new Command('npx tsx reproduction/reproduce.ts')
  .description('Probes and alignment of trained runs, for docs/reproduction.md.')
  .argument('<runs>', 'folder of runs, called VARIANT-SEED')
  .requiredOption('--data <folder>', 'CIFAR-10, binary version')
  .option('--seeds <number>', 'how many, from 0 (default: 2)')
  .option('--per-class <number>', 'training images a class that probes learn from (default: 1000)')
  .option('--epochs <number>', 'of the linear classifier (default: 20)')
  .option('--batches <number>', 'over which alignment is averaged (default: 10)')
  .action(async (runs: string) => {
    const flags = parseFlags(command, flagSchema)
    await withFolder(async (temporary) => {
      const probe = await prober(temporary, flags)
      const measured: Measured[] = []
      for (let seed = 0; seed < flags.seeds; seed++) {
        measured.push(
          await once(`pixels-${seed}`, async () => ({
            name: 'pixels',
            seed,
            step: 0,
            probes: [await probe.pixels(seed)],
          })),
          await once(`untrained-${seed}`, async () => ({
            ...{ name: 'untrained', seed, step: 0 },
            probes: await probe.encoder(probe.untrained(seed), seed),
          })),
        )
        for (const variant of variants)
          measured.push(
            await once(`${variant}-${seed}`, async () => {
              const run = openRun(join(runs, `${variant}-${seed}`))
              const { values, step } = loadCheckpoint(runFiles(run.folder).checkpoint, run.bundle)
              return {
                ...{ name: variant, seed, step },
                probes: await probe.encoder(values, seed),
                alignment: await alignmentOf(variant, values, seed, flags),
              }
            }),
          )
      }
      const document = inProject('docs/reproduction.md')
      const tables = reproductionTables(measured)
      console.log(tables)
      const text = replaceSection(readFileSync(document, 'utf8'), 'reproduction', tables)
      writeAtomically(document, [
        await format(text, { ...(await resolveConfig(document)), filepath: document }),
      ])
    })
  })

await runCommand(command)
