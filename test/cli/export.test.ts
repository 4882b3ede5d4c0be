import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { requireOneFile } from '../../src/onnx/embed.ts'
import { readSafetensors, writeSafetensors } from '../../runtime/files/safetensors.ts'
import { npyHeader } from '../../runtime/files/npy.ts'
import { writeNpz } from '../../runtime/files/npz.ts'
import { fashionMnist, hebb, newFolder, write } from './run-hebb.ts'

/** `hebb export` and `hebb import`: mistakes, and files that are there. What they write is tested in test/export.test.ts. */

const folder = newFolder()
const program = `
  import { conv, flatten, global, classify, layer, linear, maxPool, program, relu, sgd } from 'hebb'
  export default program({
    name: 'tiny',
    input: { channels: 1, size: 28 },
    batch: 8,
    views: ['a'],
    encoder: [layer('conv1', conv(2), relu(), maxPool(4)), layer('head', flatten(), linear(10))],
    learn: global(classify()),
    optimizer: sgd({ lr: 0.01 }),
  })
`
const inFolder = (line: string) => hebb(line.split(' '), folder)

beforeAll(async () => {
  write(folder, 'tiny.ts', program)
  const { code, stderr } = await hebb(
    ['train', 'tiny.ts', '--data', fashionMnist, '--out', 'run', '--steps', '1'],
    folder,
  )
  expect(code, stderr).toBe(0)
})

describe('hebb export', () => {
  test('replaces a file only where it is told to', async () => {
    writeFileSync(join(folder, 'mine.onnx'), 'something')
    const refused = await inFolder('export run --onnx mine.onnx')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/cannot write mine.onnx: it is there already\n.*--overwrite/)
    expect(readFileSync(join(folder, 'mine.onnx'), 'utf8')).toBe('something')
    const { code, stdout } = await inFolder(
      'export run --onnx mine.onnx --outputs logits,conv1.maps --overwrite',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /normalised float32\[n, 1, 28, 28\] → logits float32\[n, 10\], conv1.maps float32\[n, 2, 7, 7\]/,
    )
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  test('writes the same bytes again', async () => {
    await inFolder('export run --onnx a.onnx --safetensors a.safetensors --features a.npz')
    await inFolder('export run --onnx b.onnx --safetensors b.safetensors --features b.npz')
    for (const kind of ['onnx', 'safetensors', 'npz'])
      expect(readFileSync(join(folder, `a.${kind}`)).equals(readFileSync(join(folder, `b.${kind}`)))).toBe(
        true,
      )
  })

  test.each([
    ['export run', 2, /nothing to export/],
    ['export run --safetensors x.safetensors --outputs maps', 2, /--outputs' is for --onnx/],
    ['export run --onnx x.onnx --split train', 2, /--split' is for --features/],
    ['export run --features x.npz --split some', 2, /must be train or test/],
    ['export run --onnx x.onnx --outputs logit', 1, /'tiny' has no output 'logit'\n.*did you mean 'logits'/],
    ['export run --onnx x.onnx --outputs head.maps', 1, /has no output 'head.maps'/],
    ['export run --features x.npz --layers conv2', 1, /has no layer 'conv2'\n.*'conv1'/],
    ['export nowhere --onnx x.onnx', 1, /run.json is missing/],
    ['export run --onnx x.onnx --at best', 1, /no best checkpoint/],
    ['export run --onnx x.onnx --average', 1, /keeps no average/],
  ] as const)('hebb %s: %i', async (line, wanted, message) => {
    const { code, stderr } = await inFolder(line)
    expect(stderr).toMatch(message)
    expect(code).toBe(wanted)
    expect(readdirSync(folder).filter((name) => name.startsWith('x.'))).toEqual([])
  })

  test('of more weights than a file of ONNX holds is refused', () => {
    requireOneFile(2 ** 30)
    expect(() => {
      requireOneFile(2 ** 31)
    }).toThrow(/the weights take 2147483648 bytes[^]*--safetensors/)
  })
})

describe('hebb import', () => {
  test('gives an encoder back the weights that it was exported with', async () => {
    await inFolder('export run --safetensors out.safetensors')
    const { code, stdout } = await inFolder('import tiny.ts out.safetensors --out encoder')
    expect(stdout).toMatch(/4 tensors of out.safetensors are the encoder in encoder/)
    expect(code).toBe(0)
    await inFolder('export encoder --safetensors back.safetensors')
    const [out, back] = ['out', 'back'].map(
      (name) => readSafetensors(join(folder, `${name}.safetensors`)).tensors,
    )
    expect(back).toEqual(out)
  })

  test('maps names, and tells what was converted', async () => {
    const { tensors } = readSafetensors(join(folder, 'out.safetensors'))
    const theirs = [...tensors].map(([name, { shape, data }]) => {
      const float64 = { type: 'float64', shape, data: Float64Array.from(data as Float32Array) } as const
      return [name.replace('conv1', 'features.0').replace('head', 'classifier'), float64] as const
    })
    writeSafetensors(join(folder, 'theirs.safetensors'), theirs)
    const { code, stderr } = await inFolder(
      'import tiny.ts theirs.safetensors --map features.0=conv1,classifier=head --out mapped',
    )
    expect(stderr).toMatch(/4 tensors converted from float64 to float32/)
    expect(code).toBe(0)
  })

  test('leaves nothing where weights do not fit', async () => {
    const { code, stderr } = await inFolder('import tiny.ts theirs.safetensors --out misfit')
    expect(stderr).toMatch(/missing: 'conv1.weight'[^]*unexpected: 'features.0.weight'/)
    expect(code).toBe(1)
    expect(existsSync(join(folder, 'misfit'))).toBe(false)
  })

  test.each([
    ['import tiny.ts out.safetensors', 2, /required option '--out/],
    ['import tiny.ts out.safetensors --map conv1 --out x', 2, /must be THEIRS=OURS/],
    ['import tiny.ts out.safetensors --map conv9=conv1 --out x', 1, /names 'conv9'/],
    ['import tiny.ts out.safetensors --out run', 1, /holds run.run.json already/],
    ['import tiny.ts nothing.safetensors --out x', 1, /no such file/],
  ] as const)('hebb %s: %i', async (line, wanted, message) => {
    const { code, stderr } = await inFolder(line)
    expect(stderr).toMatch(message)
    expect(code).toBe(wanted)
  })
})

describe('arrays of numpy', () => {
  test.each([
    [[], '()'],
    [[5], '(5,)'],
    [[2, 3], '(2, 3)'],
  ])('begin at a multiple of 64: %j', (shape, told) => {
    const header = Buffer.from(npyHeader('float32', shape))
    expect(header.length % 64).toBe(0)
    expect(header.readUInt16LE(8)).toBe(header.length - 10)
    expect(header.toString('latin1')).toContain(`'descr': '<f4', 'fortran_order': False, 'shape': ${told}, `)
  })

  test('leave nothing where they cannot be made', async () => {
    const place = newFolder()
    const arrays = [{ name: 'a', type: 'float32', shape: [1] }] as const
    const failing = writeNpz(join(place, 'a.npz'), arrays, () => Promise.reject(new Error('no more')))
    await expect(failing).rejects.toThrow('no more')
    expect(readdirSync(place)).toEqual([])
  })
})
