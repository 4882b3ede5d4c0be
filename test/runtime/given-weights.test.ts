import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeSafetensors } from '../../runtime/files/safetensors.ts'
import { bfloatOf, halfOf } from '../../runtime/values/floats.ts'
import { readGivenWeights } from '../../runtime/values/given-weights.ts'
import { parseNameMap, renamed } from '../../runtime/values/name-map.ts'
import { torchNames } from '../../runtime/values/torch-names.ts'
import { torchState } from '../../runtime/values/torch-state.ts'
import { halfBits } from '../../src/onnx/half.ts'
import { writeFileSync } from 'node:fs'
import { temporaryFolder } from './temporary-folder.ts'
import type { HostTensor } from '../../runtime/values/tensor.ts'

const init = { kind: 'constant', value: 0 } as const
const value = (name: string, shape: number[], type: 'float32' | 'float64' = 'float32') => {
  const [layer = ''] = name.split('.')
  return { name, layer, type, shape, init }
}

const encoder = {
  parameters: [
    value('conv1.weight', [2, 1, 1, 1]),
    value('conv1.bias', [2]),
    value('conv1.scale', [2]),
    value('conv1.shift', [2]),
    value('head.weight', [3, 2]),
  ],
  states: [value('conv1.running_mean', [2]), value('conv1.running_var', [2])],
}

const floats = (shape: number[], ...data: number[]): HostTensor => ({
  type: 'float32',
  shape,
  data: Float32Array.from(data),
})

/** As PyTorch's `state_dict` has them. */
const stateDict = (): Map<string, HostTensor> =>
  new Map([
    ['conv1.weight', floats([2, 1, 1, 1], 1, 2)],
    ['conv1.bias', floats([2], 3, 4)],
    ['conv1_norm.weight', floats([2], 5, 6)],
    ['conv1_norm.bias', floats([2], 7, 8)],
    ['conv1_norm.running_mean', floats([2], 9, 10)],
    ['conv1_norm.running_var', floats([2], 11, 12)],
    ['conv1_norm.num_batches_tracked', { type: 'int64', shape: [], data: BigInt64Array.of(7n) }],
    ['head.weight', floats([3, 2], 1, 2, 3, 4, 5, 6)],
  ])

function written(tensors: ReadonlyMap<string, HostTensor>, metadata = {}): string {
  const path = join(temporaryFolder(), 'weights.safetensors')
  writeSafetensors(path, tensors, metadata)
  return path
}

describe('weights that are given', () => {
  test('are found by the names of PyTorch', () => {
    const { values, notices } = readGivenWeights(written(stateDict()), encoder)
    const read = Object.fromEntries([...values].map(([name, { data }]) => [name, [...data]]))
    expect(read).toEqual({
      'conv1.weight': [1, 2],
      'conv1.bias': [3, 4],
      'conv1.scale': [5, 6],
      'conv1.shift': [7, 8],
      'head.weight': [1, 2, 3, 4, 5, 6],
      'conv1.running_mean': [9, 10],
      'conv1.running_var': [11, 12],
    })
    expect(notices).toEqual([])
  })

  test('are found by our own names', () => {
    const own = new Map([...stateDict()].filter(([name]) => !name.startsWith('conv1_norm')))
    for (const { name, shape } of [...encoder.parameters, ...encoder.states])
      if (!own.has(name)) own.set(name, floats(shape, 1, 1))
    expect(readGivenWeights(written(own), encoder).values.get('conv1.scale')?.data).toEqual(
      Float32Array.of(1, 1),
    )
  })

  test('are found by other names, where these are mapped', () => {
    const theirs = new Map(
      [...stateDict()].map(([name, tensor]) => [
        name.replace(/^conv1\./, 'features.0.').replace(/^conv1_norm/, 'features.1'),
        tensor,
      ]),
    )
    const map = parseNameMap('features.0=conv1, features.1=conv1_norm')
    const { values } = readGivenWeights(written(theirs), encoder, { by: 'import', map })
    expect(values.get('conv1.running_var')?.data).toEqual(Float32Array.of(11, 12))
  })

  const renamedBy = (name: (theirs: string) => string) =>
    written(new Map([...stateDict()].map(([theirs, tensor]) => [name(theirs), tensor])))

  test.each(['enc', 'module.backbone'])('are found behind %s, which the map takes away', (prefix) => {
    const path = renamedBy((name) => `${prefix}.${name}`)
    for (const text of [`${prefix}=`, `${prefix}.=`])
      expect(readGivenWeights(path, encoder, { by: 'import', map: parseNameMap(text) }).values.size).toBe(7)
    const told = `All that are missing are there behind '${prefix}.': --map ${prefix}= takes that away`
    expect(() => readGivenWeights(path, encoder)).toThrow(told)
  })

  test('some of which are behind a beginning are told with how many', () => {
    const path = renamedBy((name) => `enc.${name.replace('conv1_norm', 'bn')}`)
    expect(() => readGivenWeights(path, encoder)).toThrow(
      "3 of the 7 that are missing are there behind 'enc.': --map enc=",
    )
    const map = parseNameMap('enc.=, enc.bn=conv1_norm')
    expect(readGivenWeights(path, encoder, { by: 'import', map }).values.size).toBe(7)
  })

  test('beside a head that the encoder has not are told to be saved without it', () => {
    const path = written(stateDict().set('fc.weight', floats([1], 1)))
    expect(() => readGivenWeights(path, encoder)).toThrow(
      /unexpected: 'fc.weight'\n {2}Leave out of the file[^]*model.encoder.state_dict\(\)/,
    )
  })

  test('to a run are told with the flags that it has', () => {
    const init = (path: string, only?: string[]) => () =>
      readGivenWeights(path, encoder, { by: 'init', only })
    const headless = stateDict()
    headless.delete('head.weight')
    expect(init(written(headless))).toThrow('Take only the layers that are there: --init-layers conv1.')
    const prefixed = renamedBy((name) => `enc.${name}`)
    expect(init(prefixed)).toThrow(
      `hebb import PROGRAM ${prefixed} --map enc= --out FOLDER, then --init FOLDER`,
    )
    expect(init(written(headless), ['head'])).toThrow(
      /^[^]*these layers\n(?![^]*--init-layers)[^]*hebb import/,
    )
  })

  test.each([
    ['a zip, as torch.save writes', [0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0]],
    ['a pickle of Python', [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]],
    ['a file of HDF5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]],
  ])('of %s are told as that, with what PyTorch writes instead', (what, bytes) => {
    const path = join(temporaryFolder(), 'weights.pt')
    writeFileSync(path, Uint8Array.from(bytes))
    expect(() => readGivenWeights(path, encoder)).toThrow(
      new RegExp(`weights.pt is ${what}[^]*save_file\\(model.state_dict\\(\\), 'weights.safetensors'\\)`),
    )
  })

  test('of a header as long as a pickle begins are safetensors all the same', () => {
    const header = JSON.stringify({ __metadata__: {} }).padEnd(0x280)
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(0x280n)
    const path = join(temporaryFolder(), 'weights.safetensors')
    writeFileSync(path, Buffer.concat([length, Buffer.from(header)]))
    expect(readGivenWeights(path, { parameters: [], states: [] }).values.size).toBe(0)
  })

  test('are all missed, all unexpected and all of a wrong shape in one list', () => {
    const tensors = stateDict()
    tensors.delete('conv1_norm.bias')
    tensors.set('head.weight', floats([2, 3], 1, 2, 3, 4, 5, 6))
    tensors.set('conv1.bias', { type: 'int64', shape: [2], data: BigInt64Array.of(1n, 2n) })
    tensors.set('classifier.weight', floats([1], 1))
    expect(() => readGivenWeights(written(tensors), encoder)).toThrow(
      expect.objectContaining({
        name: 'WeightsError',
        message: expect.stringMatching(
          new RegExp(
            [
              "missing: 'conv1.shift', float32\\[2\\], in PyTorch 'conv1_norm.bias'",
              "wrong: 'conv1.bias' is int64\\[2\\], and 'conv1.bias', float32\\[2\\] is wanted",
              "wrong: 'head.weight' is float32\\[2, 3\\], and 'head.weight', float32\\[3, 2\\] is wanted",
              "unexpected: 'classifier.weight'",
            ].join('[^]*'),
          ),
        ) as unknown,
      }),
    )
  })

  test('of a checkpoint may be beside what its optimizer keeps', () => {
    const tensors = stateDict().set('conv1.weight.m', floats([2, 1, 1, 1], 0, 0))
    expect(() => readGivenWeights(written(tensors), encoder)).toThrow(/unexpected: 'conv1.weight.m'/)
    expect(readGivenWeights(written(tensors, { format: 'hebb-checkpoint' }), encoder).values.size).toBe(7)
  })

  test('of other precisions are rounded to the type of the program, and that is told', () => {
    const tensors = stateDict()
      .set('conv1.weight', { type: 'float64', shape: [2, 1, 1, 1], data: Float64Array.of(0.1, 2) })
      .set('conv1.bias', { type: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) })
    const { values, notices } = readGivenWeights(written(tensors), encoder)
    expect(values.get('conv1.weight')?.data).toEqual(Float32Array.of(Math.fround(0.1), 2))
    expect(values.get('conv1.bias')?.data).toEqual(Float32Array.of(1, -2))
    expect(notices).toEqual([
      '1 tensor converted from float64 to float32',
      '1 tensor converted from float16 to float32',
    ])
  })

  test('may be bfloat16', () => {
    const header = JSON.stringify({ 'head.weight': { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } })
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    const path = join(temporaryFolder(), 'weights.safetensors')
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.from([0x80, 0x3f, 0x20, 0xc0])]))
    const { values } = readGivenWeights(path, {
      parameters: [value('head.weight', [2], 'float64')],
      states: [],
    })
    expect(values.get('head.weight')?.data).toEqual(Float64Array.of(1, -2.5))
  })

  test.each([
    ['float32', Float32Array.of(1, NaN), /element 1 of 'conv1.bias' is NaN/],
    ['float64', Float64Array.of(1e300, 0), /element 0 of 'conv1.bias' is Infinity[^]*too large for float32/],
  ] as const)('that are not finite are refused: %s', (type, data, message) => {
    const tensors = stateDict().set('conv1.bias', { type, shape: [2], data })
    expect(() => readGivenWeights(written(tensors), encoder)).toThrow(message)
  })
})

describe('a map of names', () => {
  test('takes the longest beginning up to a dot', () => {
    const map = parseNameMap('a=x,a.b=y')
    expect([...renamed(['a.c', 'a.b.weight', 'ab'], map, 'f')]).toEqual([
      ['x.c', 'a.c'],
      ['y.weight', 'a.b.weight'],
      ['ab', 'ab'],
    ])
  })

  test('of what is not there is refused, with what may have been meant', () => {
    expect(() => renamed(['features.0.weight'], parseNameMap('feature.0=conv1'), 'f')).toThrow(
      /names 'feature.0', and f has no tensor of it\n {2}did you mean 'features.0'/,
    )
  })

  test('that makes one name of two is refused', () => {
    expect(() => renamed(['a.weight', 'b.weight'], parseNameMap('a=c,b=c'), 'f')).toThrow(
      /'a.weight' and 'b.weight' of f would both be 'c.weight'/,
    )
  })

  test.each(['', 'a', '=b', '.=b', 'a=b=c', 'a=b,,c=d', 'a=b,a=c'])('is no map: %j', (text) => {
    expect(() => parseNameMap(text)).toThrow()
  })
})

describe('a state_dict', () => {
  const batches = (layers: { name: string; frozen?: boolean }[]) => {
    const values = new Map(
      [...encoder.parameters, ...encoder.states].map(({ name, shape }) => [name, floats(shape)]),
    )
    const state = torchState({ encode: encoder, program: { layers } }, values, 7)
    return new Map(state).get('conv1_norm.num_batches_tracked')?.data
  }

  test('has counted the batches of a layer that learns, and none of one that is frozen', () => {
    expect(batches([{ name: 'conv1' }])).toEqual(BigInt64Array.of(7n))
    expect(batches([{ name: 'conv1', frozen: true }])).toEqual(BigInt64Array.of(0n))
  })
})

describe('names of PyTorch', () => {
  const named = (...names: string[]) => names.map((name) => ({ name, layer: 'block' }))

  test('number the modules of a layer; a bias is that of the weight before it', () => {
    const parameters = named(
      ...['block.weight', 'block.scale', 'block.shift', 'block.weight2', 'block.bias'],
      ...['block.scale2', 'block.shift2', 'block.prototypes'],
    )
    const states = named(
      ...['block.running_mean', 'block.running_var', 'block.running_mean2', 'block.running_var2'],
    )
    expect([...torchNames(parameters, states).values()]).toEqual([
      ...['block.weight', 'block_norm.weight', 'block_norm.bias', 'block_2.weight', 'block_2.bias'],
      ...['block_norm2.weight', 'block_norm2.bias', 'block.prototypes'],
      ...['block_norm.running_mean', 'block_norm.running_var'],
      ...['block_norm2.running_mean', 'block_norm2.running_var'],
    ])
  })

  test('are refused where they do not tell which statistics go with which scale', () => {
    expect(() =>
      torchNames(
        named('block.scale', 'block.shift'),
        named('block.running_mean', 'block.running_var', 'block.running_mean2', 'block.running_var2'),
      ),
    ).toThrow(/1 scales and 2 running means/)
  })
})

describe('floats of 16 bits', () => {
  test('are the numbers whose nearest float16 they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const value = halfOf(bits)
        if (Number.isNaN(value)) expect(bits & 0x7c00).toBe(0x7c00)
        else expect(halfBits(value)).toBe(bits)
      }),
    )
  })

  test('of the other kind are the upper half of a float32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const view = new DataView(new ArrayBuffer(4))
        view.setUint32(0, bits * 65536)
        expect(bfloatOf(bits)).toEqual(view.getFloat32(0))
      }),
    )
  })
})
