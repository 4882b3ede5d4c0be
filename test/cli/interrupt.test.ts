import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { canGoOn } from '../../src/cli/goes-on.ts'
import { interruptible, stopBy } from '../../src/cli/interrupt.ts'

/** What signals make of work that can be stopped; signals are emitted, not sent. */

afterEach(() => {
  stopBy({})
  process.exitCode = undefined
  vi.restoreAllMocks()
})

/** Work that hears these signals, and then ends stopped. */
async function stoppedBy(...signals: readonly NodeJS.Signals[]) {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => true)
  await interruptible(
    'Stopping.',
    async (signal) => {
      for (const each of signals) {
        process.emit(each, each)
        // Two at once are one keypress.
        await setTimeout(600)
      }
      return signal.aborted
    },
    (isStopped) => isStopped,
  )
  return { said: said.mock.calls.flat(), killed: kill.mock.calls.map(([, by]) => by), code: process.exitCode }
}

describe('work that is stopped', () => {
  test('ends with 128 and the signal’s number', async () => {
    expect(await stoppedBy('SIGUSR1')).toEqual({ said: ['\nSIGUSR1: Stopping.'], killed: [], code: 138 })
  })

  test('is ended at once by a second signal', async () => {
    expect(await stoppedBy('SIGUSR1', 'SIGTERM')).toMatchObject({ killed: ['SIGTERM'] })
  })

  test('within a time of grace passes further signals over, but for Ctrl-C', async () => {
    stopBy({ grace: 60 })
    const { said, killed, code } = await stoppedBy('SIGUSR1', 'SIGTERM')
    expect({ said, killed, code }).toEqual({
      said: ['\nSIGUSR1: Stopping. In 60 s it is ended.'],
      killed: [],
      code: 138,
    })
    expect(await stoppedBy('SIGTERM', 'SIGINT')).toMatchObject({ killed: ['SIGINT'] })
  })

  test('names Ctrl-C only where it was Ctrl-C', async () => {
    const { said } = await stoppedBy('SIGINT')
    expect(said).toEqual(['\nStopping. Ctrl-C again stops at once.'])
  })

  test('ends with 0 where that is asked for, and something can be gone on with', async () => {
    stopBy({ exitZeroOnSignal: true })
    expect(await stoppedBy('SIGTERM')).toMatchObject({ code: 143 })
    process.exitCode = undefined
    canGoOn({ how: 'the same command goes on', of: {} })
    expect(await stoppedBy('SIGTERM')).toMatchObject({ code: undefined })
  })
})
