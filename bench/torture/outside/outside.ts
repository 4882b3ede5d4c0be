import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { complaints } from '../complaints.ts'
import { project, startHebb } from '../hebb.ts'
import { makeBase, type Base } from '../inputs/base.ts'
import { runCases, type Outcome, type Settings, type Tally } from '../cases.ts'
import { tinyProgram } from '../tiny-program.ts'
import { changes, snapshot } from './snapshot.ts'

/** Folders that a process finds by its environment, each empty. */
const variables = [
  'HOME',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
]

/** What git, tests and their runner write beside us. */
const leftOut = ['.git', 'test', 'runs', '.vite', '.vite-temp']

/** Commands that write nothing but below `out`, if anything. */
const commands = (out: string, { bundle, plain, run }: Base): readonly (readonly string[])[] => {
  const training = ['--data', plain, '--out', out, '--steps', '3']
  return [
    ['compile', tinyProgram, '--out', out],
    ['train', bundle, ...training],
    ['train', tinyProgram, ...training, '--workers', '2'],
    ['train', '--resume', '--out', out],
    ['probe', run, '--epochs', '1', '--labels', '2', '--k', '3', '--json', join(out, 'probe.json')],
    ['inspect', tinyProgram],
    ['align', tinyProgram, '--data', plain, '--batches', '1', '--out', out],
    ['new', 'rule', 'mine', '--out', out],
  ]
}

/** Those of one folder counted: there may be hundreds. */
function grouped(paths: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
  const told = (path: string) => {
    const others = counts.get(dirname(path)) ?? 0
    return others > 3 ? `${dirname(path)}/… (${others})` : path
  }
  return [...new Set(paths.map(told))].join(', ')
}

async function tryCommand(words: readonly string[], folder: string, base: Base): Promise<Outcome> {
  const out = join(folder, 'out')
  if (words.includes('--resume')) cpSync(base.run, out, { recursive: true })
  if (words.includes('--json')) mkdirSync(out, { recursive: true })
  const elsewhere = variables.map((name) => [name, join(folder, name.toLowerCase())] as const)
  const cwd = join(folder, 'here')
  for (const path of [cwd, ...elsewhere.map(([, path]) => path)]) mkdirSync(path, { recursive: true })
  const watched = [cwd, ...elsewhere.map(([, path]) => path), project, ...Object.values<string>({ ...base })]
  const before = snapshot(watched, leftOut)
  const ended = await startHebb(words, { cwd, env: Object.fromEntries(elsewhere) }).ended
  const changed = changes(before, snapshot(watched, leftOut))
  const bytes = changed.reduce((sum, each) => sum + each.bytes, 0)
  const violations = complaints(ended, [0])
  if (changed.length > 0) {
    const named = grouped(changed.map(({ path }) => path.replace(`${folder}/`, '')))
    violations.push(`${changed.length} files, ${bytes} bytes outside: ${named}`)
  }
  return { counts: { commands: 1, 'files outside': changed.length, 'bytes outside': bytes }, violations }
}

/** Commands with an empty home and temporary folder: what is written elsewhere than where they were told. */
export async function torture(settings: Settings): Promise<Tally> {
  const { folder } = settings
  const base = await makeBase(join(folder, 'base'))
  const caseOf = (number: number) => {
    const place = join(folder, String(number))
    const words = commands(join(place, 'out'), base)[number]
    if (!words) return undefined
    return { what: `hebb ${words.join(' ')}`, run: () => tryCommand(words, place, base) }
  }
  // One at a time: all look at one package.
  return runCases(caseOf, { ...settings, jobs: 1 })
}
