import { describe, expect, it } from 'vitest'
import { pause } from '../../../runtime/hosts/pause.ts'

describe('waits that a signal ends', () => {
  const LONG_MS = 60_000

  it('may be many at once, of one signal, and Node.js warns of nothing', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on('warning', warned)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 100 }, () => pause(1, signal)))
    await pause(1)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  it('all end with its reason, those that begin later, too', async () => {
    const stop = new AbortController()
    const all = [1, 2, 3].map(() => pause(LONG_MS, stop.signal))
    stop.abort(new Error('told to stop'))
    for (const each of [...all, pause(LONG_MS, stop.signal)])
      await expect(each).rejects.toThrow('told to stop')
  })
})
