import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../../src/bundle/load-bundle.ts'
import { UserError } from '../../src/base/error.ts'
import { BUNDLE_VERSION } from '../../src/bundle/manifest.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { tinyManifest, writeTinyBundle } from './tiny-bundle.ts'

const mistake = (folder: string): UserError => {
  try {
    loadBundle(folder)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('the bundle was loaded')
}
const mistakeOf = (manifest: unknown): UserError => mistake(writeTinyBundle(temporaryFolder(), manifest))

describe('a bundle', () => {
  test('is loaded with its manifest and the bytes of its graphs', () => {
    const folder = writeTinyBundle(temporaryFolder())
    const bundle = loadBundle(folder)
    expect(bundle.manifest).toEqual(tinyManifest())
    const [graph] = bundle.manifest.train.graphs
    if (!graph) throw new Error('no graph')
    expect(Buffer.from(bundle.graph(graph))).toEqual(readFileSync(join(folder, 'first.onnx')))
  })

  test('has a digest that changes with any setting', () => {
    const [one, same, other] = [0.05, 0.05, 0.06].map(
      (lr) => loadBundle(writeTinyBundle(temporaryFolder(), tinyManifest(lr))).digest,
    )
    expect(one).toBe(same)
    expect(one).not.toBe(other)
  })

  test('is refused where one byte of a graph is changed', () => {
    const folder = writeTinyBundle(temporaryFolder())
    const path = join(folder, 'probe.average.classify.onnx')
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
    writeFileSync(path, bytes)
    const { name, message } = mistake(folder)
    expect(name).toBe('BundleError')
    expect(message).toContain(`${path} is not the file that was compiled`)
    expect(message).toContain('Compile it again')
  })

  test('is refused where a graph is changed after it was loaded', () => {
    const folder = writeTinyBundle(temporaryFolder())
    const bundle = loadBundle(folder)
    const [graph] = bundle.manifest.train.graphs
    if (!graph) throw new Error('no graph')
    writeFileSync(join(folder, graph.file), 'something else')
    expect(() => bundle.graph(graph)).toThrow('hash differs')
  })

  test.each(['manifest.json', 'second.onnx'])('without %s names what is missing', (file) => {
    const folder = writeTinyBundle(temporaryFolder())
    rmSync(join(folder, file))
    const { name, message } = mistake(folder)
    expect(name).toBe('BundleError')
    expect(message).toContain(`${join(folder, file)} is missing`)
  })

  test('in a missing folder is told as such', () => {
    expect(mistake(join(temporaryFolder(), 'nowhere')).message).toContain(
      'nowhere is not a bundle: there is no such folder',
    )
  })

  test('of a newer version is told as such, though the schema differs too', () => {
    const { name, message } = mistakeOf({ format: 'hebb-bundle', version: 99, programs: [] })
    expect(name).toBe('BundleError')
    expect(message).toContain(`has format version 99, this hebb reads up to ${BUNDLE_VERSION}`)
    expect(message).toContain('Update hebb')
  })

  test('of an older version is told as such', () => {
    const { message } = mistakeOf({ format: 'hebb-bundle', version: 1, locality: ['own input'] })
    expect(message).toContain('has format version 1, which is no longer read')
  })

  test.each([
    ['something else', { name: 'my-package', version: '1.0.0' }, "is not a bundle's manifest"],
    ['a manifest without sections', { format: 'hebb-bundle', version: BUNDLE_VERSION }, 'compiler'],
    ['a batch of none', { ...tinyManifest(), train: { ...tinyManifest().train, batch: 0 } }, 'train.batch'],
  ])('%s is no manifest', (_, manifest, problem) => {
    const { name, message } = mistakeOf(manifest)
    expect(name).toBe('BundleError')
    expect(message).toContain(problem)
  })

  test('whose manifest is torn', () => {
    const folder = writeTinyBundle(temporaryFolder())
    const path = join(folder, 'manifest.json')
    writeFileSync(path, readFileSync(path).subarray(0, 100))
    expect(mistake(folder).message).toContain(`${path}: is not JSON`)
  })
})

describe('a bundle that contradicts itself is refused', () => {
  const { train } = tinyManifest()
  const wide = { ...train.parameters[0], shape: [5, 1] }
  test.each([
    ['a graph that is not there', { schedule: [...train.schedule, { graph: 'third', drop: [] }] }, "'third'"],
    ['a graph that never runs', { schedule: train.schedule.slice(0, 1) }, "'second' is never run"],
    ['an activity read before it is made', { schedule: [...train.schedule].reverse() }, "'first.out'"],
    ['an activity dropped before it is read', { schedule: dropEarly() }, "'first.out'"],
    ['a parameter that is not declared', { parameters: train.parameters.slice(0, 1) }, "'second.weight'"],
    ['a parameter of another shape', { parameters: [wide, ...train.parameters.slice(1)] }, "'first.weight'"],
    ['a state that is not declared', { states: [] }, "'first.weight.momentum'"],
    ['a parameter that nothing updates', without('second.weight'), "'second.weight' is updated 0 times"],
    [
      'a state that nothing updates',
      without('first.weight.momentum'),
      "'first.weight.momentum' is updated 0 times",
    ],
    ['a parameter that is updated twice', twice(), "'first.weight' is updated 2 times"],
    ['a constant that is updated', constant(), "'second.weight' is constant, and is updated"],
  ])('%s', (_, change, named) => {
    const { name, message } = mistakeOf({ ...tinyManifest(), train: { ...train, ...change } })
    expect(name).toBe('BundleError')
    expect(message).toContain('in section train')
    expect(message).toContain(named)
  })

  test('a draw that is not declared', () => {
    const { augment, ...rest } = tinyManifest()
    expect(mistakeOf({ ...rest, augment: { ...augment, draws: [] } }).message).toContain("'augment.noise'")
  })
})

function without(name: string) {
  const { graphs } = tinyManifest().train
  return {
    graphs: graphs.map((graph) => ({
      ...graph,
      outputs: graph.outputs.filter(({ updates }) => updates !== name),
    })),
  }
}

function twice() {
  const { graphs } = tinyManifest().train
  const again = graphs[0]?.outputs.find(({ updates }) => updates === 'first.weight')
  return {
    graphs: graphs
      .map((graph) => ({ ...graph, outputs: [...graph.outputs, again] }))
      .slice(0, 1)
      .concat(graphs.slice(1).map((graph) => ({ ...graph, outputs: [...graph.outputs] }))),
  }
}

function constant() {
  const { parameters } = tinyManifest().train
  return {
    parameters: parameters.map((each) =>
      each.name === 'second.weight' ? { ...each, constant: true } : each,
    ),
  }
}

function dropEarly() {
  return [
    { graph: 'first', drop: ['first.out'] },
    { graph: 'second', drop: [] },
  ]
}

describe('a manifest of somebody else is refused before it takes memory or time:', () => {
  const text = (change: (json: string) => string) => {
    const folder = writeTinyBundle(temporaryFolder())
    const path = join(folder, 'manifest.json')
    writeFileSync(path, change(readFileSync(path, 'utf8')))
    return mistake(folder).message
  }
  test.each([
    [
      'a parameter of 2 ** 42 values',
      (json: string) => json.replace('"shape":[4,1]', `"shape":[${2 ** 42},1]`),
      'bytes, and this machine has',
    ],
    [
      'a result of 2 ** 42 values',
      (json: string) =>
        json.replace(/("outputs":\[\{"name":"first\.out"[^}]*"shape":)\[4,1\]/, `$1[${2 ** 42}]`),
      'bytes, and this machine has',
    ],
    [
      'sizes whose product no number holds',
      (json: string) => json.replace('"shape":[4,1]', `"shape":[${2 ** 52},${2 ** 52}]`),
      'more than 2 ** 53 bytes',
    ],
    [
      'a name twice',
      (json: string) => json.replace('{', '{"format":"x",'),
      'says "format" twice in one object',
    ],
    ['lists in lists', (json: string) => json.replace('{', `{"x":${'['.repeat(1e6)},`), 'nests more than'],
    [
      'a million values',
      (json: string) => json.replace('"shape":[4,1]', `"shape":[${'null,'.repeat(1e6)}1]`),
      'holds more than',
    ],
    [
      'many wrong ones',
      (json: string) => json.replace('"shape":[4,1]', `"shape":[${'null,'.repeat(1e5)}1]`),
      'shape',
    ],
    ['megabytes of spaces', (json: string) => json + ' '.repeat(40e6), 'and a manifest at most'],
  ])('%s', (_, change, told) => {
    expect(text(change)).toContain(told)
  })
})
