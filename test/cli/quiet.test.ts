import { beforeAll, describe, expect, test } from 'vitest'
import { writeFewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** What is left of a command's words with --quiet: its result. */

const folder = newFolder()
const train = ['train', 'mine.ts', '--data', 'few', '--steps', '3', '--threads', '1']

beforeAll(async () => {
  await writeFewImages(folder, 'few', { train: 60, test: 60 })
  write(folder, 'mine.ts', tinyProgram())
})

describe('--quiet', () => {
  test('leaves of a training how it ended', async () => {
    const loud = await hebb([...train, '--out', 'loud'], folder)
    expect(loud.stderr).toMatch(/^fashion-mnist: 60 images[^]*^step 3\/3 · /m)
    const quiet = await hebb([...train, '--out', 'quiet', '--quiet'], folder)
    expect(quiet).toMatchObject({ code: 0, stderr: '' })
    expect(quiet.stdout).toMatch(/^trained 3 steps in .*\nlast losses: .*\nthe run is in quiet\n$/)
  })

  test('leaves of a probe its table', async () => {
    const { code, stdout, stderr } = await hebb(
      ['probe', 'quiet', '--epochs', '1', '--labels', '3', '--quiet'],
      folder,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('accuracy on the test images')
  })

  test('leaves errors', async () => {
    const { code, stderr } = await hebb([...train, '--out', 'quiet', '--quiet'], folder)
    expect(code).toBe(1)
    expect(stderr).toContain('quiet holds a run already')
  })
})
