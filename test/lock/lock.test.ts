import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LockHeld, removeRemains, takeLock } from '../../src/base/lock.ts'
import { hasEnded, startOfProcess, thisOwner, type Owner } from '../../src/base/lock-owner.ts'
import { makeFolder } from '../../src/base/make-folder.ts'
import { temporaryFolder } from '../runtime/temporary-folder.ts'

/** What linking is to fail with, if anything. */
const refusal = vi.hoisted((): { code?: string; done?: boolean; written?: number } => ({}))
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  return {
    ...real,
    // A disk that is full after so many files.
    fsyncSync: (file: number) => {
      if (refusal.written === 0)
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'fsync' })
      if (refusal.written !== undefined) refusal.written--
      real.fsyncSync(file)
    },
    linkSync: (from: string, to: string) => {
      if (refusal.code === undefined || refusal.done === true) real.linkSync(from, to)
      if (refusal.code !== undefined)
        throw Object.assign(new Error(refusal.code), { code: refusal.code, syscall: 'link' })
    },
  }
})
afterEach(() => {
  delete refusal.code
  delete refusal.done
  delete refusal.written
})

const TOKEN = '0123456789abcdef0123456789abcdef'
const lockIn = (folder: string): string => join(folder, 'lock')
/** A lock of this owner, but for these changes. */
const held = (folder: string, change: Partial<Owner>): string => {
  writeFileSync(lockIn(folder), JSON.stringify({ ...thisOwner(TOKEN), ...change }))
  return lockIn(folder)
}
/** Sends the signal, and waits for the state that comes of it. */
async function stop(pid: number | undefined, signal: NodeJS.Signals, state: 'T' | 'Z'): Promise<void> {
  if (pid === undefined) throw new Error('No process was started.')
  process.kill(pid, signal)
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(`) ${state} `)) await setTimeout(5)
}
/** The number of a process that has ended. */
const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('a lock', () => {
  test('is held by one, and by the next one once it is released', () => {
    const path = lockIn(temporaryFolder())
    const lock = takeLock(path)
    expect(lock.isHeld()).toBe(true)
    expect(() => takeLock(path)).toThrow(LockHeld)
    lock.release()
    expect(lock.isHeld()).toBe(false)
    takeLock(path).release()
  })

  test('leaves nothing behind', () => {
    const folder = temporaryFolder()
    const lock = takeLock(lockIn(folder))
    expect(() => takeLock(lockIn(folder))).toThrow(LockHeld)
    expect(readdirSync(folder)).toEqual(['lock'])
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('tells who holds it', () => {
    const path = lockIn(temporaryFolder())
    takeLock(path)
    expect(() => takeLock(path)).toThrow(`${path} is held by process ${process.pid}`)
  })

  test.each([
    ['of a process that has ended', { pid: endedPid() }],
    ['of an earlier process of the same number', { started: 'at some other time' }],
    ['of before the system was started', { boot: 'the one before' }],
  ])('%s is taken over', (_, change) => {
    const folder = temporaryFolder()
    const lock = takeLock(held(folder, change))
    expect(lock.isHeld()).toBe(true)
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test.runIf(process.platform === 'linux')(
    'of a process that was killed is taken over before its parent has asked how it ended',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; wait'])
      const [output] = (await once(parent.stdout, 'data')) as [Buffer]
      const pid = Number(output.toString())
      const owner = { pid, started: startOfProcess(pid) }
      expect(owner.started).not.toBe('')
      // A shell that is stopped asks nothing.
      await stop(parent.pid, 'SIGSTOP', 'T')
      await stop(pid, 'SIGKILL', 'Z')
      expect(takeLock(held(temporaryFolder(), owner)).isHeld()).toBe(true)
      parent.kill('SIGKILL')
    },
  )

  test.each([
    ['of another host', { host: 'elsewhere', pid: endedPid() }],
    ['of another machine of the same name', { machine: 'another', boot: 'its own', pid: endedPid() }],
    ['of another container', { namespace: 'pid:[1]', pid: endedPid() }],
    ['of a process that hides when it started', { started: '' }],
  ])('%s is not, whose owner cannot be asked', (_, change) => {
    const path = held(temporaryFolder(), change)
    expect(() => takeLock(path)).toThrow(LockHeld)
    expect(readFileSync(path, 'utf8')).toContain(TOKEN)
  })

  test('that names nobody is not taken over', () => {
    const path = lockIn(temporaryFolder())
    writeFileSync(path, 'torn')
    expect(() => takeLock(path)).toThrow('is held')
    expect(readFileSync(path, 'utf8')).toBe('torn')
  })

  test('that was removed by hand and taken by another is noticed, and left to the other', () => {
    const path = lockIn(temporaryFolder())
    const lock = takeLock(path)
    writeFileSync(path, JSON.stringify(thisOwner(TOKEN)))
    expect(lock.isHeld()).toBe(false)
    lock.release()
    expect(readFileSync(path, 'utf8')).toContain(TOKEN)
  })

  test('is made without links where there are none', () => {
    refusal.code = 'EPERM'
    const path = lockIn(temporaryFolder())
    const lock = takeLock(path)
    expect(lock.isHeld()).toBe(true)
    expect(() => takeLock(path)).toThrow(LockHeld)
  })

  test.each([
    ['links', { written: 0 }],
    ['a lock without links', { code: 'EPERM', written: 1 }],
  ])('that a full disk refuses leaves nothing that would be in the way: %s', (_, refused) => {
    const folder = temporaryFolder()
    Object.assign(refusal, refused)
    expect(() => takeLock(lockIn(folder))).toThrow('ENOSPC')
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([
    [{}, 'Wait for it, or stop it.'],
    [{ host: 'elsewhere' }, 'remove PATH'],
    [{ namespace: 'pid:[1]' }, 'remove PATH'],
    [{ machine: '', boot: 'the one before' }, 'remove PATH'],
  ])('of %j says what to do', (change, help) => {
    const { help: told } = new LockHeld('PATH', { ...thisOwner(TOKEN), ...change })
    expect(told).toContain(help)
  })

  test('is ours where a network file system made it and answered that it was there', () => {
    Object.assign(refusal, { code: 'EEXIST', done: true })
    const lock = takeLock(lockIn(temporaryFolder()))
    expect(lock.isHeld()).toBe(true)
  })

  test("'s remains of processes that have ended are removed, those of others stay", () => {
    const folder = temporaryFolder()
    const gone = JSON.stringify({ ...thisOwner(TOKEN), pid: endedPid() })
    const [claim, right] = [`lock.${TOKEN}.claim`, `lock.${TOKEN}`]
    for (const name of [claim, right, 'lock.txt', `block.${TOKEN}`]) writeFileSync(join(folder, name), gone)
    const alive = `lock.${TOKEN.replace('0', 'f')}.claim`
    writeFileSync(join(folder, alive), JSON.stringify(thisOwner(TOKEN)))
    removeRemains(lockIn(folder))
    expect(readdirSync(folder).sort()).toEqual([`block.${TOKEN}`, alive, 'lock.txt'].sort())
  })
})

test('a process knows when it started, and that it lives', () => {
  if (process.platform === 'linux') expect(startOfProcess(process.pid)).toMatch(/^\d+$/)
  expect(hasEnded(thisOwner(TOKEN))).toBe(false)
})

/** Each child makes a folder and takes a lock as told, says what came of it, and waits to be killed. */
const contender = new URL('contender.mjs', import.meta.url)
async function contend(count: number, folder: string): Promise<string[]> {
  const children = Array.from({ length: count }, () => fork(contender, [folder], { stdio: 'ignore' }))
  await Promise.all(children.map((child) => once(child, 'message')))
  const heard = children.map(async (child: ChildProcess) => String((await once(child, 'message'))[0]))
  for (const child of children) child.send('go')
  const said = await Promise.all(heard)
  const exits = children.map((child) => once(child, 'exit'))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(exits)
  return said
}

test('of several processes that take a lock at once one wins, again and again over dead owners', async () => {
  const folder = join(temporaryFolder(), 'deep', 'er')
  for (let round = 0; round < 3; round++) {
    const said = await contend(3, folder)
    expect(said.sort()).toEqual(['held', 'held', 'taken'])
    // Killed owners leave their lock; the next round takes it over.
    expect(existsSync(lockIn(folder))).toBe(true)
  }
})

test('a folder that another process makes at the same moment is made', () => {
  const folder = join(temporaryFolder(), 'a', 'b')
  expect(makeFolder(folder)).toHaveLength(2)
  mkdirSync(join(folder, 'c'))
  expect(makeFolder(join(folder, 'c'))).toEqual([])
})
