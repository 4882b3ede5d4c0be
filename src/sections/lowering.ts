import { maskPooledGradients } from '../passes/pool-mask.ts'
import { share } from '../passes/share.ts'
import { accumulate } from '../passes/lower/accumulate.ts'
import { updateInBlocks } from '../passes/lower/blocks.ts'
import { scaleSquares } from '../passes/lower/square-scale.ts'
import { separateUpdates, type Separated } from '../passes/lower/updates.ts'
import { plan, type Choice, type Request } from '../passes/lower/choose.ts'
import { lower } from '../passes/lower/lower.ts'
import { simplify } from '../passes/simplify/simplify.ts'
import { inSlices } from '../passes/slices/slices.ts'
import type { GraphSource } from '../ir/graph.ts'

/** Simplified, then what became equal shared. */
const shorter = (source: GraphSource): GraphSource => share(simplify(source))

/** What leaves a graph, and for whom. */
export interface Crossing {
  readonly activities: ReadonlySet<string>
  readonly updates: ReadonlyMap<string, string>
  readonly kept: ReadonlySet<string>
  /** Whether all updates stay in the graph: one that does several steps needs them. */
  readonly inOne: boolean
}

/** What was decided for the convolutions of a graph. */
export interface GraphChoice extends Choice {
  readonly graph: string
}

/**
 * Lowers the graphs of a section, in the order in which they run: an activity that one graph computes as rows
 * is handed to the others as rows.
 */
export class SectionLowering {
  readonly choices: GraphChoice[] = []
  /** Activities that cross from graph to graph as rows. */
  readonly rows = new Set<string>()
  private readonly request: Request

  constructor(request: Request) {
    this.request = request
  }

  /**
   * @param activities outputs that only graphs of this section read
   * @param updates outputs that are new values of parameters and states, with what they replace
   * @param kept parameters and states whose value of the step before later graphs read
   */
  run(source: GraphSource, { activities, updates, kept, inOne }: Crossing): Separated {
    const shared = maskPooledGradients(shorter(share(source)))
    const { forms, choices } = plan(shared, this.request)
    this.choices.push(...choices.map((choice) => ({ graph: source.name, ...choice })))
    const free = this.request.target === 'cpu' ? activities : new Set<string>()
    const lowered = lower(shared, { forms, given: this.rows, free })
    for (const name of lowered.rows) this.rows.add(name)
    const whole = shorter(lowered.source)
    if (this.request.target !== 'cpu') return { source: accumulate(whole), updates: [] }
    const short = inSlices(whole)
    const separated = separateUpdates(short, updates, kept)
    const apart = {
      source: separated.source,
      updates: separated.updates.map((each) => ({
        ...each,
        source: accumulate(scaleSquares(shorter(each.source))),
      })),
    }
    return inOne
      ? { source: accumulate(updateInBlocks(apart, short)), updates: [] }
      : { ...apart, source: accumulate(apart.source) }
  }
}
