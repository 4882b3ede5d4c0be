import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stream } from '../../../runtime/values/random.ts'
import { complaints, firstLine } from '../complaints.ts'
import { startHebb } from '../hebb.ts'
import { makeBase, type Base } from '../inputs/base.ts'
import { runCases, type Outcome, type Settings, type Tally } from '../cases.ts'
import { tinyProgram } from '../tiny-program.ts'
import { allLines, type Line } from './lines.ts'

/** A command that hangs takes longer, on a busy machine, too. */
const SECONDS = 60

/** What the names in braces stand for; makes what must be there. */
function placesIn(folder: string, { bundle, plain, run }: Base): Readonly<Record<string, string>> {
  const at = (name: string) => join(folder, name)
  mkdirSync(at('empty'), { recursive: true })
  writeFileSync(at('file'), 'a file\n')
  execFileSync('mkfifo', [at('pipe')])
  const made = { empty: at('empty'), file: at('file'), pipe: at('pipe') }
  return { ...made, new: at('new'), missing: at('missing'), bundle, images: plain, run, program: tinyProgram }
}

async function tryLine({ words, codes, unwritable }: Line, folder: string, base: Base): Promise<Outcome> {
  const places = placesIn(folder, base)
  const filled = words.map((word) =>
    word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole),
  )
  const ended = await startHebb(filled, { cwd: folder, seconds: SECONDS }).ended
  const violations = complaints(ended, codes)
  if (unwritable && ended.code === 1 && firstLine(ended.stdout) !== '')
    violations.push(`it worked first, and then could not write: ${firstLine(ended.stderr)}`)
  return { counts: { [`exit ${String(ended.code ?? ended.signal)}`]: 1 }, violations }
}

/** Odd command lines, made from the commands themselves: `count` of them, in an order that the seed shuffles. */
export async function torture(settings: Settings): Promise<Tally> {
  const { seed, count, folder, only } = settings
  const base = await makeBase(join(folder, 'base'))
  const lines = allLines()
  const order = stream(seed, 'torture: commands').shuffle(Uint32Array.from(lines.keys()))
  const caseOf = (number: number) => {
    const line = lines[order[number] ?? NaN]
    if (!line || (number >= count && only === undefined)) return undefined
    const what = `hebb ${line.words.map((word) => (/^[\w{}./=-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`
    return { what, run: () => tryLine(line, join(folder, String(number)), base) }
  }
  return runCases(caseOf, settings)
}
