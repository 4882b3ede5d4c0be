import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, truncateSync, writeFileSync, copyFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fashionMnist, newFolder, startHebb, write } from './run-hebb.ts'
import { onStubs, rig, without } from '../support/cuda-rig.ts'

/**
 * Commands on the real CUDA provider and stubs of NVIDIA's libraries, which compute nothing and fail as they are told to.
 * `HEBB_CUDA_RIG=RIG npx vitest run test/cli/cuda.test.ts`, after scripts/placement/setup.sh RIG.
 */

const program = (layer: string) => `
import { conv, flatten, layer, linear, local, program, relu, rule, sgd } from 'hebb'
export default program({
  input: { channels: 1, size: 28 },
  batch: 16,
  views: ['a'],
  encoder: [layer('one', ${layer}), layer('two', flatten(), linear(4), relu())],
  learn: local(rule('quiet', ({ out }) => out.a.square().mean())),
  optimizer: sgd({ lr: 0.1 }),
})`
const products = program('flatten(), linear(8), relu()')

/** Trains some steps into `run`. */
async function trained(
  env: Readonly<Record<string, string>>,
  words: readonly string[] = [],
  { source = products, folder = newFolder() } = {},
) {
  write(folder, 'mine.ts', source)
  const all = [
    'train',
    'mine.ts',
    '--data',
    fashionMnist,
    '--out',
    'run',
    '--steps',
    '6',
    '--provider',
    'cuda',
  ]
  const { code, stdout, stderr } = await startHebb([...all, '--quiet', ...words], folder, env).ended
  return { code, stdout, stderr: stderr.replace(/^fashion-mnist: .*\n/, ''), run: join(folder, 'run') }
}

describe.runIf(rig !== undefined)('on the rig', { concurrent: true }, () => {
  test('a run is on the GPU that is asked for, without TF32, and says so', async () => {
    const env = onStubs()
    const { code, run } = await trained(env, ['--device', '1'])
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'))).toMatchObject({
      devices: [1],
      tf32: false,
    })
    expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).toContain('"device":"cuda:1"')
    // As cuBLAS found the variable, in the thread that trains and in that which prepares batches.
    const calls = readFileSync(String(env.STUBLOG), 'utf8')
    expect(calls).toContain('cublas_tf32_0')
    expect(calls).not.toContain('cublas_tf32_unset')
  })

  test('with TF32 a run stays with it, and goes on elsewhere', async () => {
    const env = onStubs()
    const folder = newFolder()
    const { run } = await trained(env, ['--tf32'], { folder })
    expect(readFileSync(String(env.STUBLOG), 'utf8')).not.toContain('cublas_tf32_0')
    const resume = ['train', '--resume', '--out', run, '--steps', '9', '--device', '2', '--quiet']
    expect((await startHebb(resume, folder, env).ended).code).toBe(0)
    expect(JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'))).toMatchObject({
      devices: [2],
      tf32: true,
    })
    expect(readFileSync(String(env.STUBLOG), 'utf8')).not.toContain('cublas_tf32_0')
  })

  test('a run without TF32 is not gone on with it', async () => {
    const env = onStubs()
    const folder = newFolder()
    const { run } = await trained(env, [], { folder })
    const again = await startHebb(['train', '--resume', '--out', run, '--steps', '9', '--tf32'], folder, env)
      .ended
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('was started without TF32, and cannot go on with TF32')
  })

  test('workers are dealt to several in turn', async () => {
    const { code, run } = await trained(onStubs(), ['--workers', '2', '--devices', '3,1'])
    expect(code).toBe(0)
    expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).toContain('"device":"cuda:3,1"')
  })

  test('so are shards of a batch', async () => {
    const { code, run } = await trained(onStubs(), [
      '--parallel',
      'shards',
      '--shards',
      '4',
      '--devices',
      '3,1',
    ])
    expect(code).toBe(0)
    expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).toContain('"device":"cuda:3,1"')
  })

  test.for([
    ['cudaSetDevice=100', 'there is no GPU that CUDA can use'],
    ['cudaSetDevice=101', 'there is no GPU of this number'],
    ['cudaSetDevice=35', "the GPU's driver is too old for the CUDA libraries"],
    ['cudaSetDevice=803', "the kernel's driver and libcuda.so.1 are not of one version"],
    ['cudaGetDeviceProperties=999', "the GPU's driver does not work"],
    ['cudaMemGetInfo=46', 'the GPU is in use'],
    ['cudaMalloc=2', "the GPU's memory does not suffice"],
    ['cudaStreamCreateWithFlags=2', "the GPU's memory does not suffice"],
    ['cublasCreate_v2=1', 'a library of NVIDIA could not start on the GPU'],
    ['cublasCreate_v2=3', "the GPU's memory does not suffice"],
    ['cudnnCreate=1001', 'a library of NVIDIA could not start on the GPU'],
    ['cublasSgemm_v2=13', 'a computation on the GPU was ended by a fault'],
    ['cudaMemcpyAsync=700', 'a computation on the GPU was ended by a fault'],
    ['cudaGetLastError=209', 'the libraries have no code for this model of GPU'],
    ['cudaStreamSynchronize=719', 'a computation on the GPU was ended by a fault'],
  ] as const)('%s is told in a sentence, and what to do in another', async ([failing, says]) => {
    const { code, stderr } = await trained({ ...onStubs(), STUBFAIL: failing })
    expect(stderr).toMatch(/^ProviderError: [^\n]+\n {2}[^\n]+\n$/)
    expect(stderr).toContain(says)
    expect(code).toBe(1)
  })

  test('what fails in the middle of a run leaves its checkpoint, and says which', async () => {
    const { stderr } = await trained({ ...onStubs(), STUBFAIL: 'cublasSgemm_v2=13@9' }, [
      '--checkpoint-every',
      '1',
    ])
    expect(stderr).toMatch(/checkpoint\.safetensors holds the state after step [1-5]\./)
  })

  test.for([[], ['--workers', '2'], ['--prepare-ahead', '0']])(
    'after a fault every call fails: nothing is let go of, since that would end the process before it is told; %o',
    async (words) => {
      const { code, stderr } = await trained({ ...onStubs(), STUBFAIL: 'cudaMemcpyAsync=700@40!' }, words)
      expect(stderr).toMatch(/^ProviderError: a computation on the GPU was ended by a fault/)
      expect(stderr).not.toMatch(/terminate called|crashed/)
      expect(code).toBe(1)
    },
  )

  test.for([
    [
      ['libcublas.so.13'],
      'the CUDA provider needs libcublas.so.13, which cannot be found\n  Install CUDA 13',
    ],
    [
      ['libcublas.so.13', 'libcurand.so.10'],
      'needs libcublas.so.13 and libcurand.so.10, which cannot be found',
    ],
    [['libcuda.so.1'], 'there is no NVIDIA driver: libcuda.so.1 cannot be found'],
  ] as const)('missing libraries are named: %o', async ([names, says]) => {
    const { code, stderr } = await trained(onStubs(without(...names)))
    expect(stderr).toMatch(/^ProviderError: [^\n]+\n {2}[^\n]+\n$/)
    expect(stderr).toContain(says)
    expect(code).toBe(1)
  })

  test('cuDNN is missed where there are convolutions', async () => {
    const env = onStubs(without('libcudnn.so', 'libcudnn.so.9'))
    expect((await trained(env)).code).toBe(0)
    const folder = newFolder()
    write(folder, 'mine.ts', program('conv(4), relu()'))
    expect(
      (await startHebb(['compile', 'mine.ts', '--target', 'cuda', '--out', 'bundle'], folder).ended).code,
    ).toBe(0)
    const words = ['--data', fashionMnist, '--out', 'run', '--steps', '2', '--provider', 'cuda', '--quiet']
    const { stderr } = await startHebb(['train', 'bundle', ...words], folder, env).ended
    expect(stderr).toContain('ProviderError: cuDNN is missing, which convolutions need')
  })

  test('a library that lacks a function is of another version', async () => {
    const env = onStubs((stubs) => {
      const [library, from] = [join(stubs, 'libcublas.so.13'), join(String(rig), 'stubs/libcublas.so.13')]
      rmSync(library)
      const source = readFileSync(`${from}.c`, 'utf8').replaceAll('cublasSgemm_v2', 'cublasSgemm_v9')
      writeFileSync(join(stubs, 'lacking.c'), source)
      execFileSync('gcc', [
        ...['-w', '-shared', '-fPIC', '-o', library, join(stubs, 'lacking.c')],
        ...['-Wl,-soname,libcublas.so.13', `-Wl,--version-script,${from}.map`],
      ])
    })
    const { stderr } = await trained(env)
    expect(stderr).toContain('libcublas.so.13 has no cublasSgemm_v2, so it is of another version')
  })

  test('a library that was cut ends the process, and where to look is said', async () => {
    const env = onStubs((stubs) => {
      const library = join(stubs, 'libcurand.so.10')
      const whole = realpathSync(library)
      rmSync(library)
      copyFileSync(whole, library)
      truncateSync(library, 3000)
    })
    const { stderr } = await trained(env)
    expect(stderr).toMatch(/^hebb crashed \(SIG\w+\).*; hebb doctor --provider cuda tries each/)
  })
})
