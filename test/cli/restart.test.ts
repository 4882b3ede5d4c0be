import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { allocatorSettings, keepsFreedMemory } from '../../runtime/session/allocator.mjs'
import { isAlive, living } from './living.ts'
import { fashionMnist, hebbAlone, newFolder, startHebb, write, type Running } from './run-hebb.ts'

/** Runs a program that does something else than to describe an encoder. */
function start(
  source: string,
  env: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
  command = 'train',
): Running {
  const folder = newFolder()
  write(folder, 'mine.ts', source)
  return startHebb([command, 'mine.ts', '--data', fashionMnist, '--out', 'run', ...words], folder, env)
}

const seen = z.record(z.string(), z.string())
const tell = 'console.log(JSON.stringify(process.env)); process.exit(0)'
const environment = async (env?: Readonly<Record<string, string>>, words?: readonly string[]) =>
  seen.parse(JSON.parse((await start(tell, env, words).ended).stdout))

/** The process id that a program prints, as soon as it is there. */
const told = ({ child }: Running): Promise<number> =>
  new Promise((resolve) => {
    child.stdout?.once('data', (text: string) => {
      resolve(Number(text))
    })
  })

/** The first process that another has started, as Linux tells it. */
function childOf(pid: number | undefined): number | undefined {
  const [child = ''] = readFileSync(`/proc/${pid ?? ''}/task/${pid ?? ''}/children`, 'utf8').split(' ')
  return child === '' ? undefined : Number(child)
}

describe('the allocator’s settings', () => {
  test('are for Linux, and only where the user has set none', () => {
    const settings = allocatorSettings(1, { PATH: '/bin' }, 'linux')
    expect(Object.keys(settings)).toEqual([
      ...['MALLOC_MMAP_MAX_', 'MALLOC_TRIM_THRESHOLD_', 'MALLOC_ARENA_MAX'],
      ...['MALLOC_TOP_PAD_', 'GLIBC_TUNABLES'],
    ])
    expect(allocatorSettings(1, {}, 'darwin')).toEqual({})
    expect(allocatorSettings(1, { MALLOC_ARENA_MAX: '4' }, 'linux')).toEqual({})
    expect(allocatorSettings(1, { GLIBC_TUNABLES: 'glibc.malloc.arena_max=4' }, 'linux')).toEqual({})
    expect(allocatorSettings(1, settings, 'linux')).toEqual({})
  })

  test('give each of several workers a heap of its own', () => {
    const { MALLOC_ARENA_MAX: heaps, ...same } = allocatorSettings(1, {}, 'linux')
    expect(heaps).toBe('1')
    expect(allocatorSettings(2, {}, 'linux')).toEqual(same)
  })

  test.each([1, 2])('are known to a process that was started with all of them, of %i workers', (workers) => {
    const settings = allocatorSettings(workers, {}, 'linux')
    expect(keepsFreedMemory(settings, 'linux')).toBe(true)
    expect(keepsFreedMemory(settings, 'win32')).toBe(false)
    expect(keepsFreedMemory({ ...settings, MALLOC_TRIM_THRESHOLD_: '4096' }, 'linux')).toBe(false)
    expect(keepsFreedMemory({}, 'linux')).toBe(false)
  })
})

const linux = process.platform === 'linux'
describe.runIf(linux)('a command that runs graphs', { concurrent: true }, () => {
  test('has them, and the user’s own variables', async () => {
    const env = await environment({ MINE: 'kept' }, ['--threads', '1'])
    expect(env).toMatchObject({ ...allocatorSettings(1, {}), MINE: 'kept' })
  })

  // A run without an end may be divided, once it is measured who is fastest.
  test.each([['--workers', '2'], ['--workers=2'], ['--parallel', 'shards'], []])(
    'has several heaps for %s %s',
    async (...words) => {
      const env = await environment({}, words)
      expect(env).toMatchObject(allocatorSettings(2, {}))
      expect(env).not.toHaveProperty('MALLOC_ARENA_MAX')
    },
  )

  test('leaves a choice of the user’s alone', async () => {
    const env = await environment({ MALLOC_ARENA_MAX: '3' })
    expect(env.MALLOC_ARENA_MAX).toBe('3')
    expect(env).not.toHaveProperty('MALLOC_MMAP_MAX_')
  })

  test.for([
    [1, []],
    [2, ['--epochs', '0']],
  ] as const)('ends with exit code %i where its work does', async ([code, words]) => {
    expect((await start("throw new Error('mine')", {}, words).ended).code).toBe(code)
  })

  test('ends with 128 and the number of the signal that killed it', async () => {
    // A program may not call process.kill() on its own process.
    const kill =
      "import { execFileSync } from 'node:child_process'\nexecFileSync('kill', ['-KILL', String(process.pid)])"
    expect((await start(kill).ended).code).toBe(137)
  })

  test.for([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('passes %s on', async ([signal, code]) => {
    const running = start(living)
    const pid = await told(running)
    expect(pid).not.toBe(running.child.pid)
    running.child.kill(signal)
    expect((await running.ended).code).toBe(code)
    expect(isAlive(pid)).toBe(false)
  })

  test.for([
    ['run', 0],
    ['train', 143],
  ] as const)(
    'told to end with 0, does so where something can be gone on with: %s with %i',
    async ([command, code]) => {
      const words = ['--exit-zero-on-signal']
      const running = start(living, {}, words, command)
      await told(running)
      running.child.kill('SIGTERM')
      expect((await running.ended).code).toBe(code)
      expect((await start("throw new Error('mine')", {}, words, command).ended).code).toBe(1)
    },
  )

  test.for([[], ['--exit-zero-on-signal']])(
    'is ended when its time of grace is over, whatever it does, with %o',
    async (words) => {
      const running = start(living, {}, ['--grace', '1', ...words])
      // What is stopped hears no signal, as where a step takes for ever.
      process.kill(await told(running), 'SIGSTOP')
      running.child.kill('SIGTERM')
      const { code, stderr } = await running.ended
      expect(code).toBe(143)
      expect(stderr).toBe(
        'hebb was not done 1 s after SIGTERM, and is ended: nothing was done yet that could be gone on with\n',
      )
    },
  )

  test('is ended by a second Ctrl-C even where it hears nothing', async () => {
    const deaf = start(`process.on('SIGINT', () => undefined)\nconsole.log(process.pid)\nfor (;;);`)
    const pid = await told(deaf)
    // Two that come while the process has no turn are one.
    while (deaf.child.exitCode === null) {
      deaf.child.kill('SIGINT')
      await setTimeout(600)
    }
    const { code, stderr } = await deaf.ended
    expect({ code, isAlive: isAlive(pid) }).toEqual({ code: 130, isAlive: false })
    expect(stderr).toContain('hebb hears nothing, and is killed')
  })

  test('does not outlive the process that the user started', async () => {
    const running = start(living)
    const pid = await told(running)
    running.child.kill('SIGKILL')
    while (isAlive(pid)) await setTimeout(5)
  })

  test('is not ended by a program that lets go of the process that the user started', async () => {
    const { code, stderr } = await start('process.disconnect()').ended
    expect(code).toBe(1)
    expect(stderr).toContain('the program calls process.disconnect(), which would stop hebb, too')
  })

  test.for([0, 30, 100, 300])('does not outlive it %i ms after its own start either', async (age) => {
    const running = start(living)
    let pid: number | undefined
    while (pid === undefined) {
      pid = childOf(running.child.pid)
      await setTimeout(1)
    }
    await setTimeout(age)
    running.child.kill('SIGKILL')
    while (isAlive(pid)) await setTimeout(5)
  })
})

test('another command has none', async () => {
  const folder = newFolder()
  write(folder, 'mine.ts', tell)
  const { stdout } = await hebbAlone(['inspect', 'mine.ts'], folder)
  expect(Object.keys(seen.parse(JSON.parse(stdout)))).not.toContain('MALLOC_MMAP_MAX_')
})
