import { beforeEach, describe, expect, test, vi } from 'vitest'

/** One process, as NVIDIA's libraries see it: each test has one of its own. */
let settle: (allowed: boolean, env: NodeJS.ProcessEnv, isOwn?: boolean) => void
beforeEach(async () => {
  vi.resetModules()
  const { settleTf32 } = await import('../../runtime/session/tf32.ts')
  settle = (allowed, env, isOwn = true) => {
    settleTf32(allowed, env, isOwn)
  }
})

describe('TF32', () => {
  test('is off: the variable that forbids it is set before a session is made', () => {
    const env = {}
    settle(false, env)
    expect(env).toEqual({ NVIDIA_TF32_OVERRIDE: '0' })
  })

  test('is left to onnxruntime, which asks for it, where it is allowed', () => {
    const env = {}
    settle(true, env)
    expect(env).toEqual({})
  })

  test.each([
    ['0', false],
    ['', false],
    ['1', true],
    ['', true],
  ])('may be what the user has set already: %j, allowed: %s', (value, allowed) => {
    const env = { NVIDIA_TF32_OVERRIDE: value }
    settle(allowed, env)
    expect(env.NVIDIA_TF32_OVERRIDE).toBe(allowed ? value : '0')
  })

  test.each([
    ['1', false, 'without TF32', 'Start the process with NVIDIA_TF32_OVERRIDE=0, or give --tf32'],
    ['0', true, 'with TF32', 'Unset it, or leave --tf32'],
  ])('is not guessed where the user has said otherwise: %s, allowed: %s', (value, allowed, how, help) => {
    const env = { NVIDIA_TF32_OVERRIDE: value }
    expect(() => {
      settle(allowed, env)
    }).toThrow(`NVIDIA_TF32_OVERRIDE is ${value}, and sessions are to run ${how}\n  ${help}`)
    expect(env.NVIDIA_TF32_OVERRIDE).toBe(value)
  })

  test.each([true, false])('is one choice for a process: %s', (first) => {
    const env = {}
    settle(first, env)
    settle(first, env)
    expect(() => {
      settle(!first, env)
    }).toThrow(
      `sessions of this process run ${first ? 'with' : 'without'} TF32\n  NVIDIA's libraries are told once`,
    )
  })

  test('cannot be forbidden by a thread, whose variables are its own', () => {
    expect(() => {
      settle(false, {}, false)
    }).toThrow('NVIDIA_TF32_OVERRIDE is not set, and sessions are to run without TF32')
    settle(false, { NVIDIA_TF32_OVERRIDE: '0' }, false)
  })
})
