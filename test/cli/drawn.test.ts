import { describe, expect, test } from 'vitest'
import { showCount, showProgress } from '../../runtime/train/progress.ts'
import { boardShown } from '../../src/cli/sweep/board.ts'
import { tableBoard } from '../../src/cli/sweep/hosts/board-table.ts'
import { tellSignal } from '../../src/cli/interrupt.ts'
import { Screen } from '../support/screen.ts'
import type { Seen, SeenRun } from '../../src/cli/sweep/hosts/seen.ts'

/** What a terminal shows of what is said while something is drawn there. */

const run = (name: string): SeenRun => ({
  ...{ name, state: 'running', worker: 'gpu1-7', step: 10, steps: 40, attempts: 1 },
  ...{ silence: undefined, data: undefined, failure: undefined },
})
const hint =
  'no worker for cuda is there: hebb work --on nats://127.0.0.1:4222 --provider cuda --data FOLDER, where the images are'
const seen = (hindrance?: string): Seen => ({
  runs: ['mine_seed=0', 'mine_seed=1'].map(run),
  workers: new Map(),
  hindrance,
})
const table = [
  'run          state    worker      step  attempts',
  '───────────  ───────  ──────  ────────  ────────',
  'mine_seed=0  running  gpu1-7  10 of 40         1',
  'mine_seed=1  running  gpu1-7  10 of 40         1',
  '0 of 2 runs done; 0 workers',
]

describe('the table of a sweep that others make', () => {
  test('is drawn again below what is said, and below what Ctrl-C shows', () => {
    const screen = new Screen(24, 110)
    const board = tableBoard(screen.stream)
    board.show(seen())
    board.tell('the server does not answer: it is tried again')
    screen.write('^C')
    tellSignal('SIGINT', 'Watching stops, and no run. Ctrl-C again stops at once.')
    board.show(seen())
    const said = [
      'the server does not answer: it is tried again',
      'Watching stops, and no run. Ctrl-C again stops at once.',
    ]
    expect(screen.shown).toEqual([...said, ...table])
    board.stop()
    expect(screen.shown).toEqual(said)
  })

  test('has its hint whole in a window that is narrower, and is erased with it', () => {
    const screen = new Screen(24, 50)
    const board = tableBoard(screen.stream)
    for (let look = 0; look < 3; look++) board.show(seen(hint))
    expect(screen.shown).toEqual([...table, ...(hint.match(/.{1,50}/g) ?? []).map((part) => part.trimEnd())])
    board.stop()
    expect(screen.shown).toEqual([])
  })

  test('leaves a window room for the rows that its hint takes', () => {
    const screen = new Screen(12, 50)
    const board = tableBoard(screen.stream)
    const runs = Array.from({ length: 20 }, (_, seed) => run(`mine_seed=${seed}`))
    for (let look = 0; look < 3; look++) board.show({ ...seen(hint), runs })
    expect(screen.shown[0]).toMatch(/^run /)
    expect(screen.shown.join('')).toContain('… and 16 more')
    board.stop()
  })

  test('is as wide as usual where a terminal does not know its size', () => {
    const screen = new Screen(24, 80, { rows: 0, columns: 0 })
    const board = tableBoard(screen.stream)
    board.show(seen())
    board.show(seen())
    expect(screen.shown).toEqual(table)
    board.stop()
  })
})

describe('the bars of a sweep', () => {
  test('are drawn below what is said, none of which is cut', () => {
    const screen = new Screen(24, 40)
    const board = boardShown(3, 0, screen.stream)
    board.begun('mine_seed=0', 'nowhere')
    board.begun('mine_seed=1', 'nowhere')
    screen.write('^C')
    tellSignal('SIGINT', 'Stopping all runs, each with a checkpoint. The same command goes on.')
    board.ended('mine_seed=0', { seconds: 2, failure: undefined })
    expect(screen.shown).toEqual([
      'Stopping all runs, each with a checkpoin',
      't. The same command goes on.',
      expect.stringMatching(/^mine_seed=0: done in /),
      expect.stringMatching(/ 1\/3 runs$/),
      expect.stringMatching(/ 0\/1 mine_seed=1$/),
    ])
    board.stop()
    expect(screen.shown).toHaveLength(3)
  })
})

describe('a bar', () => {
  const progress = (step: number) => ({
    ...{ step, totalSteps: 20, stepsPerEpoch: 10, rate: 0.1, losses: { conv1: 0.5 } },
    ...{ imagesPerSecond: 1234, secondsLeft: 61 },
  })

  test('of a training stands above what is said, and goes on below it', () => {
    const screen = new Screen(24, 80)
    const view = showProgress(screen.stream)
    view.update(progress(5))
    screen.write('^C')
    view.above?.('Stopping after this step, with a checkpoint.')
    view.update(progress(6))
    view.stop()
    expect(screen.shown).toEqual([
      expect.stringMatching(/ 25% · /),
      'Stopping after this step, with a checkpoint.',
      expect.stringMatching(/ 30% · /),
    ])
  })

  test('of images that are prepared, too', () => {
    const screen = new Screen(24, 80)
    const view = showCount('preparing images', 20, screen.stream)
    view.update(5)
    view.above?.('Stopping before the training begins.')
    view.stop()
    expect(screen.shown).toEqual([
      expect.stringMatching(/ 5\/20 · preparing images/),
      'Stopping before the training begins.',
    ])
  })
})
