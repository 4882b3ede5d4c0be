import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Ending } from '../../runtime/workers/thread/ending.ts'

describe('what happens late, or never', () => {
  it('comes first where the work does not', async () => {
    const ending = new Ending<string>()
    expect(await ending.race(Promise.resolve('work'))).toBe('work')
    const waiting = ending.race(new Promise<string>(() => undefined))
    ending.resolve('end')
    ending.resolve('again')
    ending.reject(new Error('late'))
    expect(await waiting).toBe('end')
    expect(await ending.race(new Promise<string>(() => undefined))).toBe('end')
  })

  it('fails whoever waits', async () => {
    const ending = Ending.of(Promise.reject(new Error('gone')))
    await expect(ending.race(new Promise<string>(() => undefined))).rejects.toThrow('gone')
    await expect(new Ending().race(Promise.reject(new Error('work')))).rejects.toThrow('work')
  })

  it('keeps nothing of the work that was raced with', async () => {
    setFlagsFromString('--expose-gc')
    const ending = new Ending<undefined>()
    const race = async () => {
      const made = await ending.race(Promise.resolve({ big: new Float32Array(1000) }))
      return new WeakRef(made ?? {})
    }
    const seen = await race()
    await new Promise((resolve) => setTimeout(resolve, 10))
    runInNewContext('gc()')
    expect(seen.deref()).toBeUndefined()
    ending.resolve(undefined)
  })
})
