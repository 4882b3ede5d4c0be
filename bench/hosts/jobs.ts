import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { startHebb } from '../torture/hebb.ts'
import { problemsAtTheEnd, referenceOf, type Reference } from '../torture/kills/examine.ts'
import { deepProgram, tinyProgram } from '../torture/tiny-program.ts'

/** What hosts are given to do, and what it should come to: made once on one machine, that nobody disturbs. */
export interface Job {
  readonly kind: 'sweep' | 'layers'
  /** A command, but for the server. */
  readonly words: (out: string) => string[]
  /** How it is given to hosts. */
  readonly onHosts: (url: string) => string[]
  /** Steps of all its records. */
  readonly steps: number
  readonly records: number
  /** What is wrong with what it has left. */
  readonly problems: (out: string) => string[]
}

export interface JobOptions {
  /** Where the undisturbed one is made. */
  readonly folder: string
  readonly images: string
  /** Of a sweep. */
  readonly runs: number
  /** Of each run. */
  readonly steps: number
}

/** Steps from one checkpoint to the next. */
const EVERY = 5
const LAYERS_EVERY = 20
const GROUPS = 3

async function make(words: readonly string[], folder: string): Promise<void> {
  const { code, stderr } = await startHebb(words, { cwd: folder, seconds: 900 }).ended
  if (code !== 0) throw new UserError('TortureError', `hebb ${words.join(' ')} failed`, { details: [stderr] })
}

const PROBE = 'probe.json'

export async function sweepJob({ folder, images, runs, steps }: JobOptions): Promise<Job> {
  const words = (out: string) => [
    ...['sweep', tinyProgram, '--data', images, '--out', out, '--seeds', String(runs)],
    ...['--threads', '1', '--steps', String(steps), '--checkpoint-every', String(EVERY)],
    ...['--probe-epochs', '1', '--labels', '1', '--no-report'],
  ]
  const undisturbed = join(folder, 'undisturbed-sweep')
  await make(words(undisturbed), folder)
  const references = new Map<string, { readonly run: Reference; readonly probe: Buffer }>()
  for (let seed = 0; seed < runs; seed++) {
    const name = `tiny_seed=${seed}`
    const probe = readFileSync(join(undisturbed, name, PROBE))
    references.set(name, { run: referenceOf(join(undisturbed, name)), probe })
  }
  const problemsOf = (out: string, name: string): string[] => {
    const reference = references.get(name)
    if (!reference || !existsSync(join(out, name, PROBE))) return [`${name} is not done`]
    const problems = problemsAtTheEnd(join(out, name), reference.run)
    if (!readFileSync(join(out, name, PROBE)).equals(reference.probe))
      problems.push(`${PROBE} has other figures`)
    return problems.map((problem) => `${name}: ${problem}`)
  }
  return {
    ...{ kind: 'sweep', words, steps: runs * steps, records: runs },
    onHosts: (url) => ['--on', url],
    problems: (out) => [...references.keys()].flatMap((name) => problemsOf(out, name)),
  }
}

export async function layersJob({ folder, images, steps }: JobOptions): Promise<Job> {
  const words = (out: string) => [
    ...['train', deepProgram, '--data', images, '--out', out, '--seed', '3', '--threads', '1'],
    ...['--steps', String(steps), '--checkpoint-every', String(LAYERS_EVERY)],
  ]
  const undisturbed = join(folder, 'undisturbed-layers')
  await make(words(undisturbed), folder)
  const reference = referenceOf(undisturbed)
  return {
    ...{ kind: 'layers', words, steps: GROUPS * steps, records: GROUPS },
    onHosts: (url) => ['--on', url, '--layers-on', String(GROUPS)],
    problems: (out) => problemsAtTheEnd(out, reference),
  }
}
