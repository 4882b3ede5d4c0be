import { constants } from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/base/error.ts'
import { reportFailure } from '../../src/cli/failure.ts'
import { interruptible } from '../../src/cli/interrupt.ts'

let lines: string[] = []
const said = () => lines.join('\n')
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'error').mockImplementation((line) => {
    lines.push(String(line))
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

describe('what goes wrong', () => {
  test('a mistake of the user’s is told without a stack trace, exit code 1', () => {
    expect(reportFailure(new UserError('DataError', 'no folder x', { help: 'Check the path.' }))).toBe(1)
    expect(said()).toBe('DataError: no folder x\n  Check the path.')
  })

  test('too little memory is told with what to do, exit code 1', () => {
    expect(reportFailure(new RangeError('Array buffer allocation failed'))).toBe(1)
    expect(said()).toMatch(
      /^MemoryError: this command needs more memory than there is\n {2}Use a smaller batch/,
    )
  })

  test('what a NATS server refuses for reasons of its own is told with what to do, exit code 1', () => {
    const refused = Object.assign(new Error('error creating stream'), { name: 'JetStreamApiError' })
    expect(reportFailure(refused)).toBe(1)
    expect(said()).toMatch(
      /^ServerError: the NATS server refuses: error creating stream\n {2}Its log says more/,
    )
  })

  test('anything else is a bug of ours and says so, with its stack, exit code 70', () => {
    expect(reportFailure(new Error('lost operand'))).toBe(70)
    expect(said()).toMatch(/^Error: lost operand\n +at .*failure\.test\.ts/)
    expect(said()).toContain('This is a bug of hebb')
  })
})

const stopping = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
  ['SIGUSR1', 128 + constants.signals.SIGUSR1],
  ['SIGUSR2', 128 + constants.signals.SIGUSR2],
] as const

describe.each(stopping)('%s', (signal, code) => {
  const send = () => process.emit(signal, signal)
  const isStopped = (result: boolean) => result

  test(`stops the work in order, exit code ${code}; delivered twice at once it counts once`, async () => {
    const work = (abort: AbortSignal) => {
      send()
      send()
      return Promise.resolve(abort.aborted)
    }
    expect(await interruptible('stopping.', work, isStopped)).toBe(true)
    const told = signal === 'SIGINT' ? 'stopping. Ctrl-C again stops at once.' : `${signal}: stopping.`
    expect(said()).toBe(`\n${told}`)
    expect(process.exitCode).toBe(code)
  })

  test('that comes too late to stop the work leaves the exit code alone', async () => {
    const work = () => {
      send()
      return Promise.resolve(false)
    }
    await interruptible('stopping.', work, isStopped)
    expect(process.exitCode).toBeUndefined()
  })

  test('a second one later ends the process at once, as a signal does that nobody handles', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const unheard = vi.spyOn(process, 'removeAllListeners').mockReturnThis()
    const work = async () => {
      send()
      await vi.advanceTimersByTimeAsync(1000)
      send()
      return true
    }
    vi.useFakeTimers()
    await interruptible('stopping.', work, isStopped)
    vi.useRealTimers()
    expect(unheard).toHaveBeenCalledWith(signal)
    expect(kill).toHaveBeenCalledWith(process.pid, signal)
  })

  test('that a step kept from being heard for long counts with the first', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const work = async () => {
      send()
      const began = performance.now()
      while (performance.now() < began + 600);
      send()
      return Promise.resolve(true)
    }
    await interruptible('stopping.', work, isStopped)
    expect(kill).not.toHaveBeenCalled()
    expect(process.exitCode).toBe(code)
  })

  test('is no longer heard when the work is done', async () => {
    const before = process.listenerCount(signal)
    await interruptible('stopping', () => Promise.resolve(true), isStopped)
    expect(process.listenerCount(signal)).toBe(before)
  })
})
