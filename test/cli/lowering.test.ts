import { describe, expect, test } from 'vitest'
import { fashionMnist, hebb, newFolder, tinyProgram, write } from './run-hebb.ts'

/** How convolutions are computed can be asked for, and seen. */

async function inFolder(...command: readonly string[]) {
  const folder = newFolder()
  write(folder, 'mine.ts', tinyProgram())
  return { folder, result: await hebb(command, folder) }
}
const compile = (...flags: readonly string[]) => inFolder('compile', 'mine.ts', '--out', 'bundle', ...flags)

describe.concurrent('hebb compile --lowering', () => {
  test('asks for algorithms; inspect --lowering shows them, with costs', async () => {
    const { folder, result } = await compile('--lowering', 'conv1=winograd2,conv2.forward=columns')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await hebb(['inspect', 'bundle', '--lowering'], folder)
    expect(stdout).toMatch(/^conv1 +conv1 +forward +winograd2 +asked for( +[\d.]+ k?M?B)( +[\d.]+){4}$/m)
    expect(stdout).toMatch(/^conv2 +conv2 +forward +columns +asked for/m)
    expect(stdout).toMatch(/^ +weight gradient +\w+ +fastest/m)
    const json = await hebb(['inspect', 'bundle', '--lowering', '--json'], folder)
    expect(JSON.parse(json.stdout)).toMatchObject({ target: 'cpu' })
  })

  test('--target and --memory are recorded', async () => {
    const { folder } = await compile('--target', 'portable', '--memory', '1.5G')
    const { stdout } = await hebb(['inspect', 'bundle', '--lowering', '--json'], folder)
    const lowering = JSON.parse(stdout) as {
      memory: number
      convolutions: { algorithm: string; reason: string }[]
    }
    expect(lowering).toMatchObject({ target: 'portable', memory: 1.5 * 2 ** 30 })
    expect(new Set(lowering.convolutions.map(({ algorithm }) => algorithm))).toEqual(new Set(['conv']))
    expect(new Set(lowering.convolutions.map(({ reason }) => reason))).toEqual(new Set(['target']))
    const text = await hebb(['inspect', 'bundle', '--lowering'], folder)
    expect(text.stdout).toMatch(/^conv1 +conv1 +conv2d +Conv +float32 +1$/m)
    expect(text.stdout).toMatch(/^ +conv1' +conv2dWeightGradient +columns +the only way +1$/m)
  })

  test.each([
    ['conv1=columns,conv1=winograd2', "'conv1' is given two algorithms", 'Leave one of them out'],
    ['conv1=winograd5', "there is no algorithm 'winograd5'", "did you mean 'winograd2' or 'winograd4'?"],
    ['cnv1=columns', "the program has no convolution 'cnv1'", "did you mean 'conv1'"],
    ['conv1.foward=columns', "the program has no convolution 'conv1.foward'", "did you mean 'conv1.forward'"],
    ['conv1', "'conv1' is not name=algorithm", 'write --lowering conv4=winograd4'],
  ])('%s is told to be a mistake', async (text, problem, help) => {
    const { result } = await compile('--lowering', text)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(problem)
    expect(result.stderr).toContain(help)
  })

  test('a target or an amount of memory that is none is a mistake of usage', async () => {
    const [target, memory] = [await compile('--target', 'tpu'), await compile('--memory', 'lots')]
    expect(target.result.code).toBe(2)
    expect(target.result.stderr).toContain('must be cpu, cuda, portable')
    expect(memory.result.code).toBe(2)
    expect(memory.result.stderr).toContain('must be a number of bytes')
  })
})

describe.concurrent('--steps-per-run', () => {
  test('is recorded, and inspect --lowering says why', async () => {
    const { folder, result } = await compile('--steps-per-run', '4')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await hebb(['inspect', 'bundle', '--lowering'], folder)
    expect(stdout).toContain('Steps per run of the training graphs: 4 (asked for).')
  })

  test('auto says what it was chosen by', async () => {
    const { folder } = await compile('--steps-per-run', 'auto')
    const { stdout } = await hebb(['inspect', 'bundle', '--lowering'], folder)
    expect(stdout).toMatch(/training graphs: \d+ \(a run costs [\d.]+ ms beside its steps of [\d.]+ ms/)
  })

  test('for cuda is the most of a run of one graph, which starts from images', async () => {
    const { folder, result } = await compile('--target', 'cuda')
    expect(result.stdout).toMatch(/, fused, from images$/m)
    const { stdout } = await hebb(['inspect', 'bundle', '--lowering'], folder)
    expect(stdout).toMatch(/training graphs: at most \d+ \(a run costs/)
    const apart = await compile('--target', 'cuda', '--no-fused')
    expect(apart.result.stdout).toContain('2 training graphs')
  })

  test.each(['0', '1.5', 'many'])('%s is a mistake of usage', async (number) => {
    const { result } = await compile('--steps-per-run', number)
    expect(result.code).toBe(2)
    expect(result.stderr).toContain("must be a whole number from 1, or 'auto'")
  })

  test('of a bundle is of what it was compiled for, and no more', async () => {
    const { folder } = await compile('--steps-per-run', '4')
    const flags = ['--data', fashionMnist, '--out', 'r', '--steps', '1']
    const more = await hebb(['train', 'bundle', ...flags, '--steps-per-run', '5'], folder)
    expect(more.code).toBe(1)
    expect(more.stderr).toContain('do at most 4 steps in a run')
    const fewer = await hebb(['train', 'bundle', ...flags, '--steps-per-run', '2'], folder)
    expect(fewer).toMatchObject({ code: 0 })
  })
})
