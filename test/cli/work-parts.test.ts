import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { thisOwner } from '../../src/base/lock-owner.ts'
import { afterFault, afterLosses } from '../../src/cli/work/end-task.ts'
import { isStopped, machineFault } from '../../src/cli/work/fault.ts'
import { Faults } from '../../src/cli/work/faults.ts'
import { Lacking } from '../../src/cli/work/lacking.ts'
import { onFailure as failures } from '../../src/cli/work/failures.ts'
import { hearPlaces } from '../../src/cli/work/layers/places.ts'
import { hearUnanswered } from '../../src/cli/work/layers/unanswered.ts'
import { openScratch } from '../../src/cli/work/scratch.ts'
import { ImageRoot } from '../../runtime/hosts/find-images.ts'
import { fingerprint } from '../../runtime/data/cache/fingerprint.ts'
import { openDataset } from '../../runtime/data/open.ts'
import { writeFewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

describe('whose fault it is that a run has ended', () => {
  const ended = (code: number | null, reason?: string, by: NodeJS.Signals | null = null) => ({
    code,
    by,
    reason,
  })

  it.each([
    ended(null, undefined, 'SIGKILL'),
    ended(null, undefined, 'SIGSEGV'),
    ended(1, 'FileError: cannot write /scratch/x: the disk is full\n  Free some space'),
    ended(1, "MemoryError: graph 'conv1' needs more memory than there is"),
    ended(1, 'ProviderError: there is no GPU 1'),
    ended(1, 'ServerError: the NATS server at nats://host: connection refused'),
    ended(1, 'hebb cannot start: there is too little memory (spawn ENOMEM); raise the limit'),
  ])('that of the machine: %j', (end) => {
    expect(machineFault(end)).toBeDefined()
  })

  it.each([
    ended(0),
    ended(1, 'TrainingError: the loss of conv1 is NaN at step 3'),
    ended(1, 'SweepError: it is not the program any more that the sweep was begun with'),
    ended(2),
    ended(70, 'TypeError: x is undefined'),
  ])('its own, if any: %j', (end) => {
    expect(machineFault(end)).toBeUndefined()
  })

  it('nobody, where it has stopped at a signal', () => {
    expect([ended(130), ended(143), ended(1), ended(null, undefined, 'SIGINT')].map(isStopped)).toEqual([
      ...[true, true, false, false],
    ])
  })
})

describe('what is tried again, and again', () => {
  const job = { state: 'waiting', faults: 0, losses: 0 } as const

  it('waits after a fault of a machine; after five in a row it has failed, with the last reason', () => {
    expect(afterFault(job, 'the disk is full')).toMatchObject({ state: 'waiting', faults: 1 })
    expect(afterFault({ ...job, faults: 4 }, 'the disk is full')).toMatchObject({
      state: 'failed',
      failure: 'the disk is full\n5 workers in a row could not do it',
    })
  })

  it('is taken again from workers that were lost with it, twenty times without anything done', () => {
    expect(afterLosses(job)).toEqual({ losses: 0 })
    expect(afterLosses({ ...job, state: 'running', losses: 1 })).toEqual({ losses: 2 })
    expect(afterLosses({ ...job, state: 'running', losses: 19 })).toMatchObject({ state: 'failed' })
  })

  const task = (record: string) => ({ task: { record } })
  const fault = { kind: 'fault', why: 'no memory' } as const

  it('ends no worker where it is one task that fails, and one where three do without one that succeeds', () => {
    const faults = new Faults()
    for (const record of ['a', 'a', 'a', 'a', 'b']) faults.note(task(record), fault)
    faults.note(task('c'), { kind: 'done' })
    for (const record of ['a', 'b', 'a']) faults.note(task(record), fault)
    expect(() => {
      faults.note(task('d'), fault)
    }).toThrow('3 tasks in a row could not be done on this machine: no memory')
  })

  it('is left to other workers while there is anything else to do', () => {
    const faults = new Faults()
    faults.note(task('a'), fault)
    expect(['a', 'b'].map((record) => faults.isLeftToOthers(task(record)))).toEqual([true, false])
    faults.mayTakeAgain()
    expect(faults.isLeftToOthers(task('a'))).toBe(false)
  })
})

describe('data sets that a worker lacks', () => {
  it('are told once each, however many there are, and those of late are shown', () => {
    const lacking = new Lacking()
    const names = Array.from({ length: 60 }, (_, i) => `set-${i}`)
    expect(names.every((name) => lacking.add(name))).toBe(true)
    expect(names.some((name) => lacking.add(name))).toBe(false)
    expect(lacking.last).toEqual(names.slice(-50))
    lacking.remove('set-59')
    expect(lacking.last).not.toContain('set-59')
  })
})

describe('the folder in which a worker makes its runs', () => {
  it('is its own, and goes with it', () => {
    const place = newFolder()
    const { folder, remove } = openScratch(place)
    writeFileSync(join(folder, 'x'), '')
    remove()
    expect(readdirSync(place)).toEqual([])
  })

  it('of a worker that has ended goes when the next one starts; of one that lives, or of anybody else, it stays', () => {
    const place = newFolder()
    const owner = thisOwner('0'.repeat(32))
    const made = (name: string, text?: object) => {
      mkdirSync(join(place, name, 'run'), { recursive: true })
      if (text) writeFileSync(join(place, name, 'owner'), JSON.stringify(text))
      return join(place, name)
    }
    const dead = made('hebb-work-000000000001', { ...owner, started: 'long ago' })
    const living = made('hebb-work-000000000002', owner)
    const elsewhere = made('hebb-work-000000000003', { ...owner, host: 'another', machine: 'another' })
    const others = made('hebb-work-mine')
    mkdirSync(join(place, 'hebb-work-000000000004'))
    openScratch(place).remove()
    expect([dead, living, elsewhere, others].map(existsSync)).toEqual([false, true, true, true])
    expect(existsSync(join(place, 'hebb-work-000000000004'))).toBe(false)
  })
})

describe('the folder of a worker that was killed, to which what it had started still writes', () => {
  it('goes at the latest with the next worker', async () => {
    const place = newFolder()
    const folder = join(place, 'hebb-work-000000000001')
    mkdirSync(join(folder, 'run'), { recursive: true })
    writeFileSync(
      join(folder, 'owner'),
      JSON.stringify({ ...thisOwner('0'.repeat(32)), started: 'long ago' }),
    )
    // Files that nothing waits for, until there is no folder for them; and one at the end, where there is.
    const writes =
      'i=0; while [ $i -lt 3000 ]; do : > run/$i || : > late-$i || exit; i=$((i+1)); done 2>/dev/null'
    const child = spawn('sh', ['-c', writes], { cwd: folder, stdio: 'ignore' })
    const ended = once(child, 'exit')
    await vi.waitUntil(() => readdirSync(join(folder, 'run')).length > 10)
    const next = openScratch(place)
    await ended
    next.remove()
    expect(readdirSync(place)).toEqual([])
  })
})

describe('a place that a group tells of', () => {
  it('is written, and the worker does not mind that the group has ended meanwhile', async () => {
    const place = { step: 4, from: 1, values: { sha256: '0'.repeat(64), bytes: 1 } }
    const tells = `process.send(${JSON.stringify({ place })}); setTimeout(() => {}, 60_000)`
    const child = spawn(process.execPath, ['-e', tells], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const ended = once(child, 'exit')
    const written = await new Promise((resolve) => {
      hearPlaces(child, async (told) => {
        child.kill('SIGKILL')
        await ended
        resolve(told)
      })
    })
    const problems: unknown[] = []
    child.on('error', (error) => problems.push(error))
    await setTimeout(50)
    expect({ written, problems }).toEqual({ written: place, problems: [] })
  })
})

describe('a server that answers a worker, but not the process that it has started for a group', () => {
  /** Such a process, which has asked for so long. @returns why the worker is over, or undefined where it is not */
  const toldOf = async (failing: number, { isStopped: stopping }: { readonly isStopped: boolean }) => {
    const [stop, over] = [new AbortController(), new AbortController()]
    const onFailure = failures({ lease: 1, stop: stop.signal, over })
    if (stopping) stop.abort()
    await setTimeout(20)
    const told = { unanswered: { message: 'no room', failing } }
    const child = spawn(process.execPath, ['-e', `process.send(${JSON.stringify(told)})`], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    hearUnanswered(child, onFailure)
    await once(child, 'disconnect')
    return over.signal.aborted ? String(over.signal.reason) : undefined
  }

  it('is waited for as long as the worker goes on, and a lease where it is to stop', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await toldOf(5000, { isStopped: false })).toBeUndefined()
    expect(await toldOf(0, { isStopped: true })).toBeUndefined()
    expect(await toldOf(5000, { isStopped: true })).toMatch(/not answered for a lease since .* to stop/)
    expect(said).toHaveBeenCalledWith('the server: no room; it is asked again')
    said.mockRestore()
  })
})

describe('images below a folder', () => {
  it('are found by what they hold, whatever lies beside them and is called like them', async () => {
    const [root, home] = [newFolder(), newFolder()]
    await writeFewImages(root, 'sets/right', { train: 60, test: 20 })
    await writeFewImages(root, 'fashion-mnist', { train: 40, test: 20 })
    write(root, 'notes.txt', 'nothing')
    write(home, 'mine.ts', tinyProgram())
    expect(await hebb(['compile', 'mine.ts', '--out', 'bundle'], home)).toMatchObject({ code: 0 })
    const { manifest } = loadBundle(join(home, 'bundle'))
    const images = await fingerprint(await openDataset(join(root, 'sets/right'), 'train'))
    const wanted = { name: 'fashion-mnist', split: 'train', images } as const
    const here = new ImageRoot(root)
    expect(await here.find(wanted, manifest, {})).toBe(join(root, 'sets/right'))
    expect(await here.find({ ...wanted, split: 'test' }, manifest, {})).toBeUndefined()
    expect(await here.find({ ...wanted, images: '0'.repeat(64) }, manifest, {})).toBeUndefined()
    expect(await new ImageRoot(join(root, 'sets/right')).find(wanted, manifest, {})).toBe(
      join(root, 'sets/right'),
    )
  })
})
