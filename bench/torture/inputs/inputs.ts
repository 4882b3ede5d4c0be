import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../../src/base/error.ts'
import { startHebb } from '../hebb.ts'
import { runCases, type Outcome, type Settings, type Tally } from '../cases.ts'
import { makeBase, type Base } from './base.ts'
import { judge, resultIn, type Ending } from './judge.ts'
import { LongLived } from './long-lived.ts'
import { planOf, removeCopies, type Planned } from './plan.ts'
import type { Target } from './targets.ts'

/** One case in so many is run by the command line itself. */
const WHOLE = 50

async function inOwnProcess(words: readonly string[]): Promise<Ending> {
  const { code, signal, stdout, stderr, milliseconds, stopped } = await startHebb(words, { seconds: 30 })
    .ended
  const death = stopped ?? (signal === null ? undefined : `it was ended by ${signal}`)
  return { code: code ?? undefined, death, milliseconds, megabytes: undefined, output: `${stdout}${stderr}` }
}

async function inLongLived(process: LongLived, words: readonly string[]): Promise<Ending> {
  const { answer, death, output } = await process.run(words)
  const { code, milliseconds = 0, megabytes } = answer ?? {}
  return { code, death, milliseconds, megabytes, output }
}

/** Lends processes that live long, one to each case. */
class Pool {
  readonly all: LongLived[] = []
  private readonly free: LongLived[] = []
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  async with<Result>(use: (process: LongLived) => Promise<Result>): Promise<Result> {
    const process = this.free.pop() ?? this.add()
    try {
      return await use(process)
    } finally {
      this.free.push(process)
    }
  }

  private add(): LongLived {
    const added = new LongLived(this.folder)
    this.all.push(added)
    return added
  }
}

/** What commands make of unchanged copies, by target and by where they ran: streams mix otherwise in a process of its own. */
class References {
  private readonly known = new Map<string, Promise<string>>()
  private readonly make: (target: Target, whole: boolean) => Promise<string>

  constructor(make: (target: Target, whole: boolean) => Promise<string>) {
    this.make = make
  }

  get(target: Target, whole: boolean): Promise<string> {
    const key = `${target.name} ${whole}`
    const known = this.known.get(key) ?? this.make(target, whole)
    this.known.set(key, known)
    return known
  }
}

/** Changed inputs: `count` of them. */
export async function torture(settings: Settings): Promise<Tally> {
  const { seed, count, folder, only } = settings
  const base = await makeBase(join(folder, 'base'))
  const pool = new Pool(folder)
  const references = new References((target, whole) =>
    referenceOf(target, base, folder, whole ? undefined : pool),
  )
  const caseOf = (number: number) => {
    if (number >= count && only === undefined) return undefined
    const planned = planOf(seed, number, base)
    const whole = number % WHOLE === 0
    const what = `${planned.told} → hebb ${planned.target.words('COPY', base)[0] ?? ''}${whole ? ', a process of its own' : ''}`
    return { what, run: () => runCase(planned, whole) }
  }
  const runCase = async (planned: Planned, whole: boolean): Promise<Outcome> => {
    const { target } = planned
    const reference = await references.get(target, whole)
    const copy = join(folder, `copy-${copies++}`)
    planned.make(copy)
    const metrics =
      target.name === 'metrics' && !planned.odd ? readFileSync(join(copy, target.file), 'utf8') : undefined
    const words = target.words(copy, base)
    const ending = await (whole ? inOwnProcess(words) : pool.with((process) => inLongLived(process, words)))
    const outcome = judge({ planned, folder: copy, ending, reference, metrics })
    if (only === undefined) removeCopies(copy)
    else console.error(`hebb ${words.join(' ')}\n${ending.output}`)
    return outcome
  }
  let copies = 0
  try {
    return await runCases(caseOf, settings)
  } finally {
    for (const process of pool.all) await process.close()
  }
}

async function referenceOf(
  target: Target,
  base: Base,
  folder: string,
  pool: Pool | undefined,
): Promise<string> {
  const copy = join(folder, `unchanged-${pool ? '' : 'whole-'}${target.name.replaceAll(/\W+/g, '-')}`)
  mkdirSync(folder, { recursive: true })
  cpSync(base[target.of], copy, { recursive: true })
  target.cover?.(copy)
  const words = target.words(copy, base)
  const {
    code,
    death = `exit code ${String(code)}`,
    output,
  } = await (pool ? pool.with((process) => inLongLived(process, words)) : inOwnProcess(words))
  if (code !== 0)
    throw new UserError('TortureError', `hebb ${words.join(' ')} fails on what is whole: ${death}`, {
      details: output.trimEnd().split('\n'),
    })
  const result = resultIn(copy, output)
  removeCopies(copy)
  return result
}
