import { existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { png } from '../support/picture.ts'
import { fashionMnist, hebb, newFolder, startHebb, tinyProgram, write } from './run-hebb.ts'

/** Signals where no step is under way: while a run is probed, and while images are decoded. */

const folder = newFolder()
const cache = join(folder, 'cache')
const IMAGES = 300

beforeAll(async () => {
  write(folder, 'mine.ts', tinyProgram())
  await hebb(['compile', 'mine.ts', '--out', 'bundle'], folder)
  // Large enough that it takes seconds to decode all.
  const image = write(folder, 'image.png', await png({ width: 1500, height: 1500 }))
  for (const split of ['train', 'test'])
    for (let i = 0; i < IMAGES; i++) {
      const path = join(folder, `images/${split}/${i % 2 ? 'cat' : 'dog'}/${i}.png`)
      mkdirSync(dirname(path), { recursive: true })
      linkSync(image, path)
    }
})

/** Starts a command, and sends the signal as soon as it says what is waited for. */
async function stoppedAt(said: string, signal: NodeJS.Signals, words: readonly string[]) {
  const { child, ended } = startHebb(words, folder, { HEBB_CACHE: cache })
  let stderr = ''
  let isSent = false
  child.stderr?.on('data', (text: string) => {
    stderr += text
    if (isSent || !stderr.includes(said)) return
    isSent = true
    child.kill(signal)
  })
  return ended
}

const lastEvent = (text: string): unknown => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')

describe('a run that is probed', () => {
  const probed = ['run', 'mine.ts', '--data', fashionMnist, '--out', 'run', '--steps', '1']

  test('stops at once, says so, and leaves no lock', async () => {
    const { code, stdout, stderr } = await stoppedAt('probing ', 'SIGTERM', [...probed, '--log', 'json'])
    expect(code).toBe(143)
    expect(lastEvent(stderr)).toMatchObject({
      event: 'signal',
      signal: 'SIGTERM',
      message: 'SIGTERM: stopped at once; the same command goes on',
    })
    expect(lastEvent(stdout)).toMatchObject({ event: 'stopped', run: 'run' })
    expect(existsSync(join(folder, 'run/lock'))).toBe(false)
  })

  test('ends with 0 where that is asked for', async () => {
    const { code, stderr } = await stoppedAt('probing ', 'SIGUSR1', [...probed, '--exit-zero-on-signal'])
    expect(stderr).toMatch(/\n\nSIGUSR1: stopped at once; the same command goes on\n$/)
    expect(code).toBe(0)
    expect(existsSync(join(folder, 'run/lock'))).toBe(false)
  })
})

describe('images that are decoded', () => {
  const decoding = 'preparing images/train\n'
  const options = ['--data', 'images', '--out', 'none', '--steps', '1', '--exit-zero-on-signal']

  test.for([
    ['train', 'bundle', 143, 'stopped while images were prepared; no run was begun\n'],
    ['train', 'mine.ts', 143, ''],
    ['run', 'mine.ts', 0, ''],
  ] as const)('hebb %s %s stops between two of them, with %i', async ([command, program, wanted, last]) => {
    const { code, stdout, stderr } = await stoppedAt(decoding, 'SIGTERM', [command, program, ...options])
    expect(code, stderr).toBe(wanted)
    expect(stderr).toMatch(/\n\nSIGTERM: (stopped at once|Stopping before the training begins).*\n$/)
    expect(stdout).toBe(last)
    expect(existsSync(join(folder, 'none'))).toBe(false)
    expect(readdirSync(join(cache, 'prepared'))).toEqual([])
  })
})
