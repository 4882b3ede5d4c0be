import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hebb, newFolder, startHebb, write } from './run-hebb.ts'
import { onStubs, rig, without } from '../support/cuda-rig.ts'

/** `hebb doctor` says whether a run could start, and what to do where not. */

const finding = z.strictObject({
  name: z.string(),
  state: z.enum(['good', 'bad', 'note']),
  found: z.string(),
  help: z.string().optional(),
})
const answer = z.strictObject({
  ok: z.boolean(),
  provider: z.enum(['cpu', 'cuda']),
  groups: z.array(z.strictObject({ title: z.string(), findings: z.array(finding) })),
})

/** What it says as JSON: by name, of all groups. */
async function asked(
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  folder = newFolder(),
) {
  const { code, stdout, stderr } = await startHebb(['doctor', '--json', ...words], folder, env).ended
  expect(stderr).toBe('')
  const { ok, groups } = answer.parse(JSON.parse(stdout))
  expect(code).toBe(ok ? 0 : 1)
  const all = new Map(groups.flatMap(({ findings }) => findings.map((each) => [each.name, each] as const)))
  return { ok, titles: groups.map(({ title }) => title), of: (name: string) => all.get(name) }
}

const program = `
import { flatten, layer, linear, local, program, relu, rule, sgd } from 'hebb'
export default program({
  input: { channels: 1, size: 28 },
  batch: 16,
  views: ['a'],
  encoder: [layer('one', flatten(), linear(8), relu())],
  learn: local(rule('quiet', ({ out }) => out.a.square().mean())),
  optimizer: sgd({ lr: 0.1 }),
})`

describe('on the CPU', () => {
  test('a run could start: software, machine, memory, and three steps of it', async () => {
    const { ok, titles, of } = await asked()
    expect(ok).toBe(true)
    expect(titles).toEqual(['software', 'machine', 'training'])
    expect(of('onnxruntime')?.found).toMatch(/^1\.\d+\.\d+, in /)
    expect(of('cores')?.found).toMatch(/^\d+/)
    expect(of('three steps')).toMatchObject({
      state: 'good',
      found: expect.stringMatching(/losses 0\.\d+ /) as string,
    })
  })

  test('says so in a few lines', async () => {
    const { code, stdout } = await startHebb(['doctor'], newFolder()).ended
    expect(stdout).toMatch(/^software\n {2}ok {4}hebb/)
    expect(stdout).toMatch(/\nA run could start here\.\n$/)
    expect(code).toBe(0)
  })

  test('may be asked about a program of one’s own', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', program)
    const { of } = await asked(['mine.ts'], {}, folder)
    expect(of('memory needed')).toMatchObject({ state: 'good' })
    expect(of('three steps')?.found).toContain('of mine.ts: losses')
  })

  test('what is no bundle could not be run', async () => {
    const { ok, of } = await asked(['bundles/none'])
    expect(ok).toBe(false)
    expect(of('bundles/none')?.found).toContain('is not a bundle')
  })

  test('a program is looked at, too, where nothing could be run', async () => {
    const folder = newFolder()
    write(folder, 'mine.ts', program)
    const { of } = await asked(
      ['mine.ts'],
      { HEBB_CACHE: '/dev/null/cache', HEBB_ONNXRUNTIME: '/nowhere' },
      folder,
    )
    expect(of('memory needed')?.state).toBe('good')
    expect(of('three steps')?.state).toBe('note')
    expect((await asked(['b'], { HEBB_ONNXRUNTIME: '/nowhere' })).of('b')?.found).toContain('no such folder')
  })

  test('mixed precision of a bundle is told to save nothing there', async () => {
    const folder = newFolder()
    write(folder, 'mixed.ts', program.replace('batch: 16,', "batch: 16, precision: 'mixed',"))
    await hebb(['compile', 'mixed.ts', '--target', 'cuda', '--out', 'mixed'], folder)
    const { of } = await asked(['mixed'], {}, folder)
    expect(of('precision')).toMatchObject({
      state: 'note',
      found: expect.stringContaining('saves nothing on the CPU') as string,
    })
  })

  test('a cache that cannot be written is told, and how to name another', async () => {
    const { ok, of } = await asked([], { HEBB_CACHE: '/dev/null/cache' })
    expect(ok).toBe(false)
    expect(of('cache')?.state).toBe('bad')
  })

  test('another onnxruntime that is none is told', async () => {
    const { ok, of } = await asked([], { HEBB_ONNXRUNTIME: '/nowhere' })
    expect(ok).toBe(false)
    expect(of('onnxruntime')?.found).toContain('/nowhere, which holds no onnxruntime-node')
    expect(of('three steps')).toEqual({
      ...{ name: 'three steps', state: 'note', found: 'not tried: first comes what is BAD above' },
    })
  })

  test('flags of CUDA are refused without it', async () => {
    expect((await hebb(['doctor', '--device', '1'])).code).toBe(2)
  })
})

test.runIf(process.platform === 'linux' && !existsSync('/proc/driver/nvidia'))(
  'where there is neither driver nor onnxruntime, each is told once, and the driver before the provider',
  async () => {
    const env = { HEBB_ONNXRUNTIME: '/nowhere', LD_LIBRARY_PATH: '', PATH: '' }
    const { ok, of } = await asked(['--provider', 'cuda'], env)
    expect(ok).toBe(false)
    expect(of('driver')).toMatchObject({
      state: 'bad',
      found: expect.stringMatching(/^there is no NVIDIA driver/) as string,
    })
    expect(of('GPUs')).toBeUndefined()
    expect(of('CUDA provider')).toMatchObject({ state: 'note' })
  },
)

const provider = new URL(
  '../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
  import.meta.url,
)
test.runIf(process.platform === 'linux' && !existsSync(provider))(
  'without the CUDA provider, how to install it is told',
  async () => {
    const { ok, of } = await asked(['--provider', 'cuda'])
    expect(ok).toBe(false)
    expect(of('CUDA provider')).toMatchObject({ state: 'bad', help: 'Install it: npx hebb install-cuda' })
  },
)

/** A folder with an nvidia-smi that says this. */
function saying(text: string, code = 0): string {
  const folder = newFolder()
  write(folder, 'nvidia-smi', `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${code}\n`)
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  return `${folder}:${process.env.PATH ?? ''}`
}
const two = (driver: string) =>
  `0, NVIDIA H100 80GB HBM3, 81559, 81008, ${driver}\n1, NVIDIA H100 80GB HBM3, 81559, 60000, ${driver}`

describe.runIf(rig !== undefined)('on the rig', { concurrent: true }, () => {
  const onCuda = (env: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const folder = newFolder()
    write(folder, 'mine.ts', program)
    return asked(['mine.ts', '--provider', 'cuda', ...words], env, folder)
  }

  test('all that the provider needs is found by name, and three steps are trained', async () => {
    const { ok, of } = await onCuda(onStubs())
    expect(ok).toBe(true)
    for (const name of ['libcublas.so.13', 'libcudart.so.13', 'libcuda.so.1', 'libcudnn.so'])
      expect(of(name)).toMatchObject({ state: 'good' })
    expect(of('GPUs')?.found).toContain('nvidia-smi is not here')
    expect(of('three steps')?.state).toBe('good')
  })

  test('what is missing is named, and nothing is tried', async () => {
    const { ok, of } = await onCuda(onStubs(without('libcublas.so.13', 'libcudnn.so', 'libcudnn.so.9')))
    expect(ok).toBe(false)
    expect(of('libcublas.so.13')).toMatchObject({
      found: 'cannot be found',
      help: expect.stringMatching(/^Install CUDA 13,/) as string,
    })
    expect(of('libcudnn.so.9')?.help).toMatch(/^Install cuDNN 9,/)
    expect(of('three steps')?.state).toBe('note')
  })

  test('GPUs are listed with their free memory, and the driver', async () => {
    const { ok, of } = await onCuda({ ...onStubs(), PATH: saying(two('580.65.06')) }, '--device', '1')
    expect(ok).toBe(true)
    expect(of('driver')).toMatchObject({ state: 'good', found: '580.65.06' })
    expect(of('GPU 1')?.found).toBe('NVIDIA H100 80GB HBM3, 62.9 GB of 85.5 GB free')
    expect(of('memory needed')?.state).toBe('good')
  })

  test('a GPU whose memory is taken is told beside what is needed', async () => {
    const { ok, of } = await onCuda({ ...onStubs(), PATH: saying('0, NVIDIA T4, 15360, 90, 580.65.06') })
    expect(ok).toBe(false)
    expect(of('memory needed')).toMatchObject({
      state: 'bad',
      found: expect.stringMatching(/ beside 1\.0 GB for CUDA itself.*; there are 94\.4 MB$/) as string,
    })
  })

  test('a driver that is too old, a number that is not there, and nvidia-smi that fails are told', async () => {
    const old = await onCuda({ ...onStubs(), PATH: saying(two('550.54.15')) })
    expect(old.of('driver')).toMatchObject({
      state: 'bad',
      found: '550.54.15, too old for CUDA 13',
      help: 'Install 580 or later.',
    })
    const none = await onCuda({ ...onStubs(), PATH: saying(two('580.65.06')) }, '--device', '2')
    expect(none.of('--device 2')).toMatchObject({ state: 'bad', found: 'there is no GPU of this number' })
    const failing = 'Failed to initialize NVML: Driver/library version mismatch'
    const { of } = await onCuda({ ...onStubs(), PATH: saying(failing, 18) })
    expect(of('GPUs')).toMatchObject({ state: 'bad', found: `nvidia-smi fails: ${failing}` })
  })

  test('what fails in a session is what three steps find', async () => {
    const { ok, of } = await onCuda({ ...onStubs(), STUBFAIL: 'cudaSetDevice=802' })
    expect(ok).toBe(false)
    expect(of('three steps')).toMatchObject({
      state: 'bad',
      help: expect.stringContaining('nvidia-fabricmanager') as string,
    })
  })
})
