import { maskPooledGradients } from '../passes/pool-mask.ts'
import { share } from '../passes/share.ts'
import { accumulate } from '../passes/lower/accumulate.ts'
import { updateInBlocks } from '../passes/lower/blocks.ts'
import { plan, type Choice, type Request } from '../passes/lower/choose.ts'
import { lower } from '../passes/lower/lower.ts'
import { simplify } from '../passes/simplify/simplify.ts'
import type { GraphSource } from '../ir/graph.ts'

/** Simplified, then what became equal shared. */
const shorter = (source: GraphSource): GraphSource => share(simplify(source))

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
   * @param updates outputs that are new values of parameters and states
   */
  run(source: GraphSource, activities: ReadonlySet<string>, updates: ReadonlySet<string>): GraphSource {
    const shared = maskPooledGradients(shorter(share(source)))
    const { forms, choices } = plan(shared, this.request)
    this.choices.push(...choices.map((choice) => ({ graph: source.name, ...choice })))
    const free = this.request.target === 'cpu' ? activities : new Set<string>()
    const lowered = lower(shared, { forms, given: this.rows, free })
    for (const name of lowered.rows) this.rows.add(name)
    const result = accumulate(shorter(lowered.source))
    return this.request.target === 'cpu' ? updateInBlocks(result, updates) : result
  }
}
