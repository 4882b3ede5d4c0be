import { describe, expect, test, vi } from 'vitest'
import { duration, showProgress } from '../../runtime/train/progress.ts'

const progress = (step: number) => ({
  step,
  totalSteps: 20,
  stepsPerEpoch: 10,
  rate: 0.1,
  losses: { conv1: 0.51234, conv2: 1.5 },
  imagesPerSecond: 1234.4,
  secondsLeft: 61,
})

describe('progress where there is no terminal', () => {
  test.skipIf(process.stderr.isTTY)('is a line every few seconds and one at the end', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const written: string[] = []
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0)
    const view = showProgress(process.stderr)
    for (let step = 1; step <= 20; step++) {
      vi.advanceTimersByTime(1000)
      view.update(progress(step))
    }
    view.stop()
    vi.useRealTimers()
    write.mockRestore()
    expect(written.map((line) => line.split(' · ')[0])).toEqual([
      'step 5/20',
      'step 10/20',
      'step 15/20',
      'step 20/20',
    ])
    expect(written[1]).toBe('step 10/20 · epoch 1.0 · 1234 images/s · 1m 01s left · conv1 0.512 conv2 1.50\n')
  })

  test.skipIf(process.stderr.isTTY)('is dropped while its reader lags behind', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const waiting = vi.spyOn(process.stderr, 'writableLength', 'get').mockReturnValue(1)
    showProgress(process.stderr).update(progress(20))
    expect(write).not.toHaveBeenCalled()
    waiting.mockReturnValue(0)
    showProgress(process.stderr).update(progress(20))
    expect(write).toHaveBeenCalledOnce()
    vi.restoreAllMocks()
  })

  test.each([
    [0, '0s'],
    [59.4, '59s'],
    [60, '1m 00s'],
    [3725, '62m 05s'],
  ])('tells %d seconds as %s', (seconds, told) => {
    expect(duration(seconds)).toBe(told)
  })
})
