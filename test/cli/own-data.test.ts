import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeFewImages } from '../support/few-images.ts'
import { hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** `--data mine.ts#dataset`: what a module of the user's own reads is trained on as any data set. */

const folder = newFolder()

beforeAll(async () => {
  write(folder, 'mine.ts', tinyProgram())
  await writeFewImages(folder, 'few', { train: 60, test: 40 })
  write(
    folder,
    'reader.ts',
    `import { readFileSync } from 'node:fs'
import { dataset, type Dataset } from 'hebb/runtime'

const read = (start: string): Dataset => {
  const images = readFileSync(\`few/\${start}-images-idx3-ubyte\`).subarray(16)
  return dataset({
    name: \`\${start} of mine\`,
    count: images.length / 784,
    shape: [1, 28, 28],
    labels: readFileSync(\`few/\${start}-labels-idx1-ubyte\`).subarray(8),
    classes: 10,
    read: (indices, into) => {
      indices.forEach((index, row) => into.set(images.subarray(784 * index, 784 * (index + 1)), 784 * row))
    },
  })
}
export const fashion = { train: () => read('train'), test: () => read('t10k') }
export const misspelt = () => dataset({ ...read('train'), lables: [] })
export const lost = () => {
  throw new Error('the disk is gone')
}
const unread = () => {
  throw new Error('row lost')
}
export const torn = dataset({ name: 'torn', count: 60, shape: [1, 28, 28], labels: new Uint8Array(60), read: unread })
export default read('train')
`,
  )
  write(folder, 'broken.ts', 'export const dataset = {')
})

const train = (data: string, out: string) =>
  hebb(['train', 'mine.ts', '--data', data, '--out', out, '--steps', '6', '--threads', '1'], folder)

test('trains to the same bits as the same images in files, and is probed by the name of the module', async () => {
  const own = await train('reader.ts#fashion', 'own')
  expect(own).toMatchObject({ code: 0 })
  expect(own.stderr).toContain('train of mine: 60 images of 1 × 28 × 28, 10 classes')
  expect(await train('few', 'files')).toMatchObject({ code: 0 })
  const [one, other] = ['own', 'files'].map((run) =>
    readFileSync(join(folder, run, 'checkpoint.safetensors')),
  )
  expect(one).toEqual(other)
  const probe = ['--epochs', '1', '--labels', '1']
  const probed = await hebb(['probe', 'own', '--data', 'reader.ts#fashion', ...probe], folder)
  expect(probed).toMatchObject({ code: 0 })
  expect(probed.stdout).toBe((await hebb(['probe', 'files', ...probe], folder)).stdout)
})

test('is named again where a run is taken up: whoever made the run does not choose which code is run', async () => {
  expect(await train('reader.ts#fashion', 'given')).toMatchObject({ code: 0 })
  for (const words of [
    ['train', '--resume', '--out', 'given', '--steps', '8'],
    ['probe', 'given'],
    ['align', 'mine.ts', '--checkpoint', 'given'],
  ]) {
    const { code, stderr } = await hebb(words, folder)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/of a module, .*reader\.ts#fashion/) as string,
    })
    expect(stderr).toContain('--data')
  }
  const named = await hebb(
    ['train', '--resume', '--out', 'given', '--steps', '8', '--data', 'reader.ts#fashion'],
    folder,
  )
  expect(named).toMatchObject({ code: 0 })
})

describe('what is wrong with it is told in words, not by a stack:', () => {
  test.each<[string, string, string]>([
    ['reader.ts#fashon', 'an export that there is not', "no such thing as the export 'fashon' of reader.ts"],
    ['broken.ts#dataset', 'a module that cannot be parsed', 'broken.ts cannot be loaded: '],
    ['reader.ts#misspelt', 'an option that is misspelt', 'lables'],
    ['reader.ts#lost', 'a function that fails', 'Error: the disk is gone\n  at reader.ts:20:9'],
    ['reader.ts#torn', 'a reader that fails', 'Error: row lost\n  at reader.ts:23:9'],
    ['nowhere.ts#dataset', 'a module that there is not', 'no file nowhere.ts'],
  ])('%s, %s', async (data, _, told) => {
    const { code, stderr } = await train(data, 'refused')
    expect(code).toBe(1)
    expect(stderr).toContain(told)
    expect(stderr).not.toMatch(/^\s+at (?!.*\.ts:\d+:\d+$)/m)
    expect(stderr).not.toContain('bug')
  })

  test('no test images to probe with', async () => {
    expect(await train('reader.ts', 'half')).toMatchObject({ code: 0 })
    const { code, stderr } = await hebb(['probe', 'half', '--data', 'reader.ts'], folder)
    expect(code).toBe(1)
    expect(stderr).toContain('has no data set for test')
  })
})

test.each(['inspect', 'prepare'])(
  'hebb data %s refuses a --size that nothing is decoded to',
  async (command) => {
    const { code, stderr } = await hebb(['data', command, 'few', '--size', '32'], folder)
    expect(code).toBe(1)
    expect(stderr).toContain('they are not decoded, and --size cannot make them 32 × 32')
    expect((await hebb(['data', command, 'few', '--size', '1x28x28'], folder)).code).toBe(0)
  },
)
