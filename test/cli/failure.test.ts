import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../src/error.ts'
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
})

describe('what goes wrong', () => {
  test('a mistake of the user’s is told without a stack trace, exit code 1', () => {
    expect(reportFailure(new UserError('DataError', 'no folder x', { help: 'Check the path.' }))).toBe(1)
    expect(said()).toBe('DataError: no folder x\n  Check the path.')
  })

  test('anything else is a bug of ours and says so, with its stack, exit code 70', () => {
    expect(reportFailure(new Error('lost operand'))).toBe(70)
    expect(said()).toMatch(/^Error: lost operand\n +at .*failure\.test\.ts/)
    expect(said()).toContain('This is a bug of hebb')
  })
})

describe('Ctrl-C', () => {
  test('stops the work in order; the same keypress delivered twice counts once', async () => {
    const result = await interruptible('stopping', (signal) => {
      process.emit('SIGINT')
      process.emit('SIGINT')
      return Promise.resolve(signal.aborted)
    })
    expect(result).toBe(true)
    expect(said()).toBe('\nstopping')
  })

  test('a second one later ends the process at once, as a signal does that nobody handles', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const unheard = vi.spyOn(process, 'removeAllListeners').mockReturnThis()
    const clock = vi.spyOn(performance, 'now')
    await interruptible('stopping', () => {
      clock.mockReturnValue(1000)
      process.emit('SIGINT')
      clock.mockReturnValue(3000)
      process.emit('SIGINT')
      return Promise.resolve()
    })
    expect(unheard).toHaveBeenCalledWith('SIGINT')
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT')
  })

  test('work that is done leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT')
    await interruptible('stopping', () => Promise.resolve())
    expect(process.listenerCount('SIGINT')).toBe(before)
  })
})
