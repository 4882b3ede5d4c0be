import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { runFiles } from '../../../runtime/files/run-folder.ts'
import { train } from '../../../runtime/train/train.ts'
import { UserError } from '../../../src/base/error.ts'
import { startHebb } from '../hebb.ts'
import { writeImages } from '../images.ts'
import { tinyProgram } from '../tiny-program.ts'

/** What is whole, and is copied for each case before something in it is changed. */
export interface Base {
  /** 100 images and 60 for testing: as plain IDX files, gzipped, and in the layout of CIFAR-10. */
  readonly plain: string
  readonly zipped: string
  readonly cifar: string
  readonly bundle: string
  /** For images of CIFAR's shape. */
  readonly colourBundle: string
  /** Stopped half-way, on `plain`. */
  readonly run: string
}

/** Twenty records a file: a label, and pixels that differ. */
function writeCifar(folder: string): void {
  mkdirSync(folder)
  const record = (number: number) => {
    const bytes = Uint8Array.from({ length: 3073 }, (_, i) => (i * (number + 3)) % 251)
    bytes[0] = number % 10
    return bytes
  }
  for (const name of [1, 2, 3, 4, 5].map((number) => `data_batch_${number}`).concat('test_batch'))
    writeFileSync(join(folder, `${name}.bin`), Buffer.concat(Array.from({ length: 20 }, (_, i) => record(i))))
}

async function compileTo(program: string, out: string): Promise<void> {
  const { code, stderr } = await startHebb(['compile', program, '--out', out]).ended
  if (code !== 0) throw new UserError('TortureError', `${program} does not compile`, { details: [stderr] })
}

/** Steps of the run, of 6. */
export const STOPPED_AT = 3

/** A run that was stopped half-way. */
async function stoppedRun(bundle: string, data: string, out: string): Promise<void> {
  const controller = new AbortController()
  await train({
    ...{ bundle, data, out, steps: 6, seed: 1, threads: 1, prepareAhead: 0 },
    signal: controller.signal,
    onProgress: ({ step }) => {
      if (step === STOPPED_AT) controller.abort()
    },
  })
  // Figures that depend on time would make each base another one.
  const { metrics } = runFiles(out)
  const lines = readFileSync(metrics, 'utf8')
  writeFileSync(metrics, lines.replaceAll(/"imagesPerSecond":.*(?=\}$)/gm, '"imagesPerSecond":1000.5'))
}

export async function makeBase(folder: string): Promise<Base> {
  const at = (name: string) => join(folder, name)
  const names = ['plain', 'zipped', 'cifar', 'bundle', 'colourBundle', 'run'] as const
  const base = Object.fromEntries(names.map((name) => [name, at(name)])) as Record<
    (typeof names)[number],
    string
  >
  mkdirSync(folder, { recursive: true })
  await writeImages(base.plain)
  await writeImages(base.zipped, { ending: '.gz', pack: (bytes) => gzipSync(bytes) })
  writeCifar(base.cifar)
  await Promise.all([
    compileTo(tinyProgram, base.bundle),
    compileTo(`${tinyProgram}#colour`, base.colourBundle),
  ])
  await stoppedRun(base.bundle, base.plain, base.run)
  return base
}
