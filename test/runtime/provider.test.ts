import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createSession } from '../../runtime/session/provider.ts'
import { node, tinyGraph } from './tiny-graph.ts'

const double = () =>
  tinyGraph(
    'double',
    [{ name: 'x', role: 'views', type: 'float32', shape: [1] }],
    [{ name: 'y', role: 'views', type: 'float32', shape: [1] }],
    [node('Add', ['x', 'x'], 'y')],
  ).bytes

const cuda = new URL(
  '../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so',
  import.meta.url,
)
const linux = process.platform === 'linux' && process.arch === 'x64'

describe('a provider', () => {
  test('is the CPU unless another is asked for', async () => {
    const session = await createSession(double(), {})
    expect(session.inputNames).toEqual(['x'])
    await session.release()
  })

  test.runIf(linux && !existsSync(cuda))('CUDA names its missing files and how to install them', async () => {
    const session = createSession(double(), { provider: 'cuda' })
    await expect(session).rejects.toMatchObject({
      name: 'ProviderError',
      message: expect.stringMatching(
        /libonnxruntime_providers_shared\.so and libonnxruntime_providers_cuda\.so missing(.|\n)*npx hebb install-cuda/,
      ) as string,
    })
  })

  test.runIf(!linux)('CUDA is told to be for Linux', async () => {
    await expect(createSession(double(), { provider: 'cuda' })).rejects.toMatchObject({
      name: 'ProviderError',
      message: expect.stringContaining('Use Linux on x64') as string,
    })
  })
})
