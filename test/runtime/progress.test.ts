import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test, vi } from 'vitest'
import { showProgress } from '../../runtime/train/progress.ts'

const progress = (step: number, totalSteps = 20) => ({
  ...{ step, totalSteps, stepsPerEpoch: 10, rate: 0.1 },
  losses: { conv1: 0.51234, conv2: 1.5 },
  ...{ imagesPerSecond: 1234.4, secondsLeft: 61 },
})

/** What is drawn in a terminal's line, one after another: each begins at its first column. */
const drawn = (written: string): string[] =>
  written
    .split('\u001b[1G')
    .slice(1)
    .map((text) => stripVTControlCharacters(text).trimEnd())

describe('progress where there is no terminal', () => {
  /** Steps, a second each, that a line is written of. */
  function told(seconds: number): string[] {
    vi.useFakeTimers({ toFake: ['performance'] })
    const written: string[] = []
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0)
    const view = showProgress(process.stderr)
    for (let step = 1; step <= seconds; step++) {
      vi.advanceTimersByTime(1000)
      view.update(progress(step, seconds))
    }
    view.stop()
    vi.useRealTimers()
    write.mockRestore()
    return written
  }

  test.skipIf(process.stderr.isTTY)('is a line every few seconds and one at the end', () => {
    const written = told(20)
    expect(written.map((line) => line.split(' · ')[0])).toEqual([
      'step 5/20',
      'step 10/20',
      'step 15/20',
      'step 20/20',
    ])
    expect(written[1]).toBe(
      'step 10/20 · epoch 1.0 · 1234 images/s · 1m 01s left · rate 0.10 · conv1 0.512 conv2 1.50\n',
    )
  })

  test.skipIf(process.stderr.isTTY)('is a line every half minute once it takes minutes', () => {
    const steps = told(300).map((line) => Number(/^step (\d+)/.exec(line)?.[1]))
    expect(steps.slice(0, 3)).toEqual([5, 10, 15])
    expect(steps.slice(-5)).toEqual([205, 235, 265, 295, 300])
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
})

describe('progress on a terminal', () => {
  /** A terminal that keeps what it is sent. */
  function terminal(columns: number) {
    const written: string[] = []
    const write = (text: string) => written.push(text) > 0
    const to = Object.create(process.stderr, {
      isTTY: { value: true },
      columns: { value: columns, writable: true },
      writableLength: { value: 0 },
      write: { value: write },
    }) as NodeJS.WriteStream
    return { written, to }
  }

  test.each([40, 60, 80, 200])(
    'of %i columns stays in its line, and leaves the cursor as it was',
    (columns) => {
      const { written, to } = terminal(columns)
      const view = showProgress(to)
      for (let step = 1; step <= 20; step++) view.update(progress(step))
      view.stop()
      const lines = drawn(written.join(''))
      expect(lines.at(-1)).toMatch(/100% ·.*left/)
      for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns)
      expect(written.join('')).toContain('\u001b[?25h')
    },
  )

  test('follows the width of its window', () => {
    const { written, to } = terminal(200)
    const view = showProgress(to)
    view.update(progress(19))
    to.columns = 40
    view.update(progress(20))
    view.stop()
    const lines = drawn(written.join(''))
    expect(stringWidth(String(lines[0]))).toBeGreaterThan(80)
    expect(stringWidth(String(lines.at(-1)))).toBeLessThan(40)
  })

  const noScript = spawnSync('script', ['--version']).status !== 0
  test.skipIf(noScript)(
    `that is real, of 60 columns, is the same${noScript ? ' (skipped: there is no script(1))' : ''}`,
    () => {
      const shown = resolve(import.meta.dirname, 'show-progress.ts')
      const command = `stty cols 60; '${process.execPath}' --import tsx '${shown}'`
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' })
      const lines = drawn(stdout)
      expect(lines.at(-1)).toMatch(/100% · epoch 2\.0 · 1000 images\/s · 0s left · loss 2\.45$/)
      for (const line of lines) expect(stringWidth(line)).toBeLessThan(60)
    },
  )
})
