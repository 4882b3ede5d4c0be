import { ranges } from '../given/ranges.ts'
import { UserError } from '../../src/base/error.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import { LONGEST_RUN, SHARE_OF_TIME } from '../../src/base/run-costs.ts'

/** How many steps the runs of the graphs do: any number gives the same bits. */
export interface RunLength {
  /** Steps of the next run, at most. */
  readonly next: number
  /** Hears what a run took, its copies included and the wait for its batches not. */
  readonly took: (steps: number, milliseconds: number) => void
}

interface LengthOptions {
  readonly stepsPerRun?: number | 'auto' | undefined
  readonly onNotice?: ((notice: string) => void) | undefined
}

/** As long as the graphs allow, or as somebody wants it. */
export const fixedLength = (steps: number): RunLength => ({ next: steps, took: () => undefined })

/** Batches per step of a run: one that waits when it ends, and one under way. */
export const DEFAULT_AHEAD = 2

/** Batches that are prepared before they are asked for. */
export const aheadOf = ({ train }: Pick<Manifest, 'train'>, asked: number | undefined): number =>
  asked ?? Math.min(DEFAULT_AHEAD * train.stepsPerRun, ranges.prepareAhead[1])

/** Steps of the longer of the runs that are measured first. */
const PROBE = 8
const LONGEST_MS = 1000 * LONGEST_RUN

/**
 * The fewest steps of which a run costs little beside them, by what a few runs of different length take: each costs
 * `a + b · steps`, where `a` is what copies of parameters and states take, and calls. The first run is not counted: devices
 * choose algorithms in it.
 */
export class MeasuredLength implements RunLength {
  private readonly most: number
  private readonly onChoice: (notice: string) => void
  /** The quickest run of each length, in milliseconds. */
  private readonly quickest = new Map<number, number>()
  private isWarm = false
  /** Lengths of the runs to come; empty once it is chosen. */
  private probes: number[] = [1]
  private chosen = 1
  private isRefined = false

  /**
   * @param most that a run may do
   * @param onChoice is told what was chosen, and why
   */
  constructor(most: number, onChoice: (notice: string) => void) {
    this.most = most
    this.onChoice = onChoice
  }

  get next(): number {
    return this.probes[0] ?? this.chosen
  }

  took(steps: number, milliseconds: number): void {
    if (this.probes.length === 0) return
    if (!this.isWarm) {
      this.isWarm = true
      return
    }
    // A clock may stand still.
    const spent = Math.max(milliseconds, 1e-3)
    this.quickest.set(steps, Math.min(this.quickest.get(steps) ?? Infinity, spent))
    if (this.quickest.size === 1 && this.probes.length === 1) this.probes = this.first(steps, spent)
    else this.probes.shift()
    if (this.probes.length === 0) this.choose()
  }

  /** After the first run of some length: a longer one, and both again. */
  private first(steps: number, milliseconds: number): number[] {
    const longer = Math.min(PROBE, this.most, Math.floor((LONGEST_MS * steps) / milliseconds))
    return longer > 1 ? [longer, 1, longer] : []
  }

  private choose(): void {
    const lengths = [...this.quickest.keys()].sort((a, b) => a - b)
    const [short = 1, long = short] = [lengths[0], lengths.at(-1)]
    const [least, most] = [this.quickest.get(short) ?? 0, this.quickest.get(long) ?? 0]
    // Where runs end sooner than was asked for, all are of one length, and there is nothing to choose.
    const step = long === short ? most / long : Math.max((most - least) / (long - short), most / long / 1000)
    const run = Math.max(0, least - short * step)
    const enough = Math.max(1, Math.ceil(run / (SHARE_OF_TIME * step)))
    // A step takes no longer than its part of the longest run.
    const patience = Math.max(1, Math.floor((LONGEST_MS * long) / most))
    this.chosen = Math.min(enough, this.most, patience)
    // What a step takes is known better from a longer run.
    if (this.chosen > 2 * long && !this.isRefined) this.probes = [this.chosen]
    else this.onChoice(told(this.chosen, run, step))
    this.isRefined = true
  }
}

const told = (steps: number, run: number, step: number): string =>
  `${steps === 1 ? '1 step' : `${steps} steps`} in a run of the graphs, which costs ${short(run)} ms beside steps of ${short(step)} ms each`

const short = (milliseconds: number): number => Number(milliseconds.toPrecision(2))

/**
 * As somebody wants it, as it is measured to cost little, or as the graphs were compiled.
 *
 * @throws UserError ('OptionError') where more steps are wanted than the graphs do
 */
export function lengthFor(
  { program: { name }, train, lowering }: Pick<Manifest, 'program' | 'train' | 'lowering'>,
  { stepsPerRun: wanted = 'auto', onNotice }: LengthOptions,
): RunLength {
  const { stepsPerRun, scaling } = train
  const most = Math.min(stepsPerRun, scaling?.every ?? stepsPerRun)
  if (wanted !== 'auto') {
    if (wanted <= most) return fixedLength(wanted)
    throw new UserError(
      'OptionError',
      `stepsPerRun is ${wanted}, and the graphs of '${name}' do at most ${most} steps in a run`,
      {
        help: `Give at most ${most}, or compile the program for more: hebb compile --steps-per-run ${wanted}`,
      },
    )
  }
  return most > 1 && lowering?.target === 'cuda'
    ? new MeasuredLength(most, (notice) => onNotice?.(notice))
    : fixedLength(most)
}
