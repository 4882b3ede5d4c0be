import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compile } from '../../src/index.ts'
import { writeBundle } from '../../src/bundle/write-bundle.ts'
import { tinyProgram } from '../support/programs.ts'
import { hebb, newFolder, tinyProgram as programText, write } from './run-hebb.ts'

describe.concurrent('hebb inspect', () => {
  const folder = newFolder()
  const bundle = join(folder, 'bundle')
  beforeAll(() => {
    writeBundle(bundle, compile(tinyProgram({ dtype: 'float32' })))
    write(folder, 'mine.ts', programText())
  })

  test('shows layers, graphs with their cost, schedule, parameters and locality', async () => {
    const { code, stdout, stderr } = await hebb(['inspect', 'bundle'], folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^conv3 +conv\(4, 3×3\) relu max-pool\(2\) +4×2×2 +148 /m)
    expect(stdout).toMatch(/^layer +logged beside its loss$[^]*^conv1 +positive, negative$/m)
    expect(stdout).toMatch(/^for +graph +inputs +outputs +nodes +FLOPs +weights +activations$/m)
    expect(stdout).toMatch(/^train +conv1( +[\d.]+){3} +[\d.]+ k( +[\d.]+ k?B){2}$/m)
    expect(stdout).toMatch(/^ +2 +conv2 +conv1.out$/m)
    expect(stdout).toMatch(/^conv1.weight +conv1 +float32 +3×2×3×3 +54 +uniform bound 0.2357$/m)
    expect(stdout).toMatch(
      /^conv1 +conv1.weight +input, activity, parameters +other samples +– +global scalar, draws$/m,
    )
  })

  test('shows the bundle in the folder of a run', async () => {
    writeBundle(join(folder, 'run/bundle'), compile(tinyProgram({ dtype: 'float32' })))
    write(folder, 'run/run.json', '{}')
    const run = await hebb(['inspect', 'run', '--locality'], folder)
    expect(run).toEqual(await hebb(['inspect', 'bundle', '--locality'], folder))
    expect(run.code).toBe(0)
  })

  test('--json gives the manifest, --locality only that part', async () => {
    const whole = await hebb(['inspect', 'bundle', '--json'], folder)
    expect(JSON.parse(whole.stdout)).toEqual(JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')))
    const locality = await hebb(['inspect', 'bundle', '--locality'], folder)
    expect(locality.stdout).toMatch(/^layer +parameter +of its own/)
  })

  test('--graph shows the text of one graph, as does its file', async () => {
    const named = await hebb(['inspect', 'bundle', '--graph', 'conv2'], folder)
    const file = await hebb(['inspect', 'bundle/conv2.onnx'], folder)
    expect(named.stdout).toContain('graph conv2: Activity and learning step of conv2.')
    expect(file.stdout).toBe(named.stdout)
    const json = await hebb(['inspect', 'bundle/conv2.onnx', '--json'], folder)
    expect(z.object({ producerName: z.string() }).parse(JSON.parse(json.stdout)).producerName).toBe('hebb')
  })

  test('--passes lists the passes with the nodes that they leave, --after shows a graph behind one of them', async () => {
    const passes = await hebb(['inspect', 'mine.ts', '--passes'], folder)
    expect(passes.stdout).toMatch(/^after +graphs +nodes +ms\n─.*\ntrace +\d+ +\d+ +0\.0\nstops +/)
    expect(passes.stdout).toMatch(/^accumulate +\d+ +\d+ +[\d.]+$/m)
    const one = await hebb(['inspect', 'mine.ts', '--passes', '--graph', 'conv2'], folder)
    expect(one.stdout).toMatch(/^trace +1 +\d+ +0\.0$/m)
    const traced = await hebb(['inspect', 'mine.ts', '--graph', 'conv2', '--after', 'trace'], folder)
    const { stdout } = await hebb(['inspect', 'mine.ts', '--graph', 'conv2', '--after', 'stops'], folder)
    expect(traced.stdout).toMatch(/^conv2:\n%0: float32\[40, 2, 14, 14\] = conv1\.out\n[^]*stopGradient\(/)
    expect(stdout).toMatch(/^conv2:\n%0: float32\[40, 2, 14, 14\] = conv1\.out\n/)
    expect(stdout).not.toContain('stopGradient')
    expect(stdout).toMatch(/\nreturn .*conv2\.loss = %\d+/)
  })

  test('--passes with --shards lists those of the dealt step, --after shows a stage behind one of them', async () => {
    const shards = ['inspect', 'mine.ts', '--shards', '2']
    const passes = await hebb([...shards, '--passes'], folder)
    const after = [...passes.stdout.matchAll(/^([a-z][a-z0-9-]*) +\d+ +\d+ +[\d.]+$/gm)].map(
      ([, pass]) => pass,
    )
    expect(after.slice(0, 3)).toEqual(['trace', 'deal', 'stops'])
    expect(after.indexOf('cut')).toBe(after.indexOf('updates') - 1)
    expect(after.at(-1)).toBe('deal-updates')
    const one = await hebb([...shards, '--passes', '--graph', 'train.0'], folder)
    expect(one.stdout).toMatch(/^after +graphs +nodes +ms\n─.*\ncut +1 +\d+ /)
    const dealt = await hebb([...shards, '--graph', 'train', '--after', 'deal'], folder)
    expect(dealt.stdout).toMatch(/^train:\n[^]* = joinShards\(%\d+\)[^]* = addShards\(/)
    const stage = await hebb([...shards, '--graph', 'train.0', '--after', 'cut'], folder)
    expect(stage.stdout).toMatch(/^train\.0:\n[^]* = shard$/m)
    const wrong = await hebb([...shards, '--graph', 'conv2', '--after', 'cut'], folder)
    expect(wrong.stderr).toContain("ProgramError: no graph 'conv2' is made\n")
    expect(wrong.code).toBe(1)
  })

  test.for([
    [
      'a pass that is not there',
      ['mine.ts', '--graph', 'conv2', '--after', 'slicing'],
      "ProgramError: no pass 'slicing' works on 'conv2'\n",
    ],
    [
      'passes on a graph that is not there',
      ['mine.ts', '--passes', '--graph', 'conv9'],
      "ProgramError: no graph 'conv9' is made\n  did you mean",
    ],
    [
      'a graph that is not there',
      ['bundle', '--graph', 'conv9'],
      "BundleError: bundle has no graph 'conv9'\n  did you mean",
    ],
    ['a path that is not there', ['nothing'], 'FileError: no file or folder nothing\n'],
    ['a folder that is no bundle', ['.'], 'BundleError: . is not a bundle: manifest.json is missing\n'],
    [
      'a file that is not ONNX',
      ['bundle/manifest.json'],
      'FileError: bundle/manifest.json is not an ONNX model',
    ],
    [
      'a truncated ONNX file',
      ['half.onnx'],
      'FileError: half.onnx is not an ONNX model, or a part of it is missing',
    ],
  ] as const)('%s', async ([, args, problem]) => {
    copyFileSync(join(bundle, 'conv1.onnx'), join(folder, 'half.onnx'))
    truncateSync(join(folder, 'half.onnx'), 1000)
    const { code, stderr } = await hebb(['inspect', ...args], folder)
    expect(stderr).toContain(problem)
    expect(code).toBe(1)
  })

  test('a bundle of which one byte has changed, or some are missing, is refused', async () => {
    const changed = join(folder, 'changed')
    writeBundle(changed, compile(tinyProgram()))
    const file = join(changed, 'encode.onnx')
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
    writeFileSync(file, bytes)
    const { code, stderr } = await hebb(['inspect', 'changed'], folder)
    expect(stderr).toContain(
      'BundleError: changed/encode.onnx is not the file that was compiled: its hash differs',
    )
    expect(code).toBe(1)
    appendFileSync(join(changed, 'manifest.json'), 'x')
    expect((await hebb(['inspect', 'changed'], folder)).stderr).toContain(
      'BundleError: changed/manifest.json: is not JSON',
    )
  })
})
