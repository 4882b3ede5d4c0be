import { replaceText } from '../../../../runtime/files/atomic.ts'
import { gaugesOf } from '../../../../runtime/files/prometheus/gauges.ts'
import { prometheusText } from '../../../../runtime/files/prometheus/text.ts'
import { present } from '../../../base/lists.ts'
import { standing } from '../standing.ts'
import { runFolder, type RecordedRun } from '../record.ts'
import { gaugesFile } from '../run-all.ts'
import type { MakeOptions } from '../run-all.ts'
import type { Seen, SeenRun } from './seen.ts'

/** Milliseconds between two writings at least, as of a run that is made here. */
const APART = 5000

/** Where none is named, none is written. */
type GaugesOptions = Pick<MakeOptions, 'prometheus' | 'out' | 'settings'>

/** Tells a monitor how far runs are that others make: what the server knows of them. */
export class Gauges {
  private readonly options: GaugesOptions
  private last = -Infinity
  private before = ''

  constructor(options: GaugesOptions) {
    this.options = options
  }

  write(seen: Seen, wanted: readonly RecordedRun[]): void {
    const { prometheus } = this.options
    const states = seen.runs.map(({ state }) => state).join()
    if (prometheus === undefined || (states === this.before && performance.now() - this.last < APART)) return
    this.last = performance.now()
    this.before = states
    const byName = new Map(seen.runs.map((run) => [run.name, run]))
    for (const run of wanted)
      replaceText(gaugesFile(prometheus, run), this.text(run, present(byName.get(run.name), run.name)))
  }

  private text(run: RecordedRun, { state, step, steps }: SeenRun): string {
    const folder = runFolder(this.options.out, run)
    const here = steps === undefined ? standing(folder) : { step, steps }
    const provider = this.options.settings.fixed['--provider'] === 'cuda' ? 'cuda' : 'cpu'
    const record = { program: run.program, provider, totalSteps: here.steps } as const
    const finished = state === 'here' || state === 'done' || state === 'probing'
    const known = {
      from: here.step,
      ...(state === 'running' ? {} : { end: { step: here.step, finished } }),
      hasFailed: state === 'failed',
    }
    const lost = {
      ...{ name: 'hebb_lost', help: 'Whether the worker that had it is gone, and no other one has it yet.' },
      samples: [{ labels: { run: folder }, value: state === 'lost' ? 1 : 0 }],
    }
    return prometheusText([...gaugesOf({ folder, record }, known, Date.now() / 1000), lost])
  }
}
