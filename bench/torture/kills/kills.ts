import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadBundle } from '../../../src/bundle/load-bundle.ts'
import { UserError } from '../../../src/base/error.ts'
import { tinyProgram } from '../tiny-program.ts'
import { runCases, type Settings, type Tally } from '../cases.ts'
import { duelRound } from './duel.ts'
import { referenceOf } from './examine.ts'
import { describeRound, roundOf, type Manner } from './plan.ts'
import { begin, startWords, type Rig } from './rig.ts'
import { killedRound } from './round.ts'

/** Of every run: as long as it takes to start one. */
const STEPS = 160
const undisturbed: Manner = { workers: 1, prepareAhead: 2, checkpointEvery: 40 }

async function untroubled(words: readonly string[], temporary: string): Promise<void> {
  const { code, stderr } = await begin(words, temporary).ended
  if (code !== 0) throw new UserError('TortureError', `hebb ${words.join(' ')} failed`, { details: [stderr] })
}

/** The bundle, and a run of it that nobody disturbs. */
export async function prepareRig(folder: string, steps = STEPS): Promise<Rig> {
  const path = join(folder, 'bundle')
  await untroubled(['compile', tinyProgram, '--out', path], folder)
  const bundle = loadBundle(path)
  const out = join(folder, 'undisturbed')
  const without = {
    path,
    bundle,
    steps,
    reference: { checkpoint: Buffer.alloc(0), metrics: [], probes: [], names: [] },
  }
  await untroubled(startWords('bundle', without, out, undisturbed), folder)
  return { ...without, reference: referenceOf(out) }
}

/** Runs that are killed, or trained by two processes at once: `count` kills in all. */
export async function torture(settings: Settings, steps?: number): Promise<Tally> {
  const { seed, count, folder } = settings
  const rig = await prepareRig(folder, steps)
  const caseOf = (number: number) => {
    const round = roundOf(seed, number)
    const place = join(folder, String(number))
    const [out, temporary] = [join(place, 'run'), join(place, 'tmp')]
    const run = () => {
      mkdirSync(temporary, { recursive: true })
      return round.duel === undefined
        ? killedRound(round, rig, out, temporary)
        : duelRound(round.duel, round, rig, out, temporary)
    }
    return { what: describeRound(round), run }
  }
  return runCases(caseOf, settings, ({ kills = 0 }) => kills >= count)
}
