import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { idx } from '../runtime/data-files.ts'
import { fewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** How many classes there are: as a program says, or as the labels of all splits have. */

const folder = newFolder()

beforeAll(async () => {
  write(folder, 'mine.ts', tinyProgram())
  write(folder, 'ten.ts', tinyProgram().replace('size: 28', 'size: 28, classes: 10'))
  for (const [split, start, count] of [
    ['train', 'train', 60],
    ['test', 't10k', 40],
  ] as const) {
    const { images } = await fewImages(split, count)
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 12)
    write(folder, `twelve/${start}-images-idx3-ubyte`, images)
    write(folder, `twelve/${start}-labels-idx1-ubyte`, idx([count], labels))
  }
})

const train = (program: string, out: string) =>
  hebb(['train', program, '--data', 'twelve', '--out', out, '--steps', '2', '--threads', '1'], folder)

const classesOf = (out: string): unknown => {
  const { program } = JSON.parse(readFileSync(join(folder, out, 'bundle/manifest.json'), 'utf8')) as {
    program: { input: { classes: number } }
  }
  return program.input.classes
}

test('a program that does not say how many is compiled for those of the data', async () => {
  expect(await train('mine.ts', 'run')).toMatchObject({ code: 0 })
  expect(classesOf('run')).toBe(12)
  const again = await hebb(['train', 'mine.ts', '--resume', '--out', 'run', '--steps', '3'], folder)
  expect(again).toMatchObject({ code: 0 })
  const aligned = await hebb(
    ['align', 'mine.ts', '--checkpoint', 'run', '--batches', '1', '--data', 'twelve'],
    folder,
  )
  expect(aligned).toMatchObject({ code: 0 })
})

test('a program that says so is not trained on more', async () => {
  const { code, stderr } = await train('ten.ts', 'none')
  expect(code).toBe(1)
  expect(stderr).toContain('is compiled for 10 classes, twelve has 12')
})
