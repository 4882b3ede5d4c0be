import type { Answer, Begin, Kernels, Ready } from '../messages.ts'
import type { RuleName } from '../rules.ts'

export type Points = [step: number, value: number][]

/** What rules are called in the page. */
export const ruleNames: Readonly<Record<RuleName, string>> = {
  'clapp++': 'CLAPP++',
  'clapp++dfb': 'CLAPP++DFB',
  'bp-clapp++': 'BP-CLAPP++',
}

/** All that is known of one training: curves by layer, in their order. */
export class Run {
  readonly asked: Begin
  ready: Ready | undefined
  readonly losses = new Map<string, Points>()
  readonly accuracies = new Map<string, Points>()
  readonly cosines = new Map<string, Points>()
  /** Of all layers together. */
  readonly all: Points = []
  kernels: Kernels | undefined
  steps = 0
  ended = false
  /** Of the steps done lately, the looks between them left out. */
  private lately: number[] = []

  constructor(asked: Begin) {
    this.asked = asked
  }

  hear(answer: Answer): void {
    if (answer.kind === 'ready') {
      this.ready = answer
      this.kernels = answer.kernels
    } else if (answer.kind === 'stepped') {
      this.steps = answer.step
      this.lately = [...this.lately.slice(-19), answer.milliseconds]
      add(this.losses, answer.step, answer.losses)
    } else if (answer.kind === 'looked') {
      add(this.accuracies, answer.step, answer.layers)
      add(this.cosines, answer.step, answer.cosines)
      if (answer.all !== undefined) this.all.push([answer.step, answer.all])
    } else if (answer.kind === 'kernels') this.kernels = answer.kernels
    else if (answer.kind === 'ended') this.ended = true
  }

  /** Undefined before the first step. */
  get stepsPerSecond(): number | undefined {
    if (this.lately.length === 0) return undefined
    return (1000 * this.lately.length) / this.lately.reduce((sum, each) => sum + each, 0)
  }

  get name(): string {
    return `${ruleNames[this.asked.rule]}, seed ${this.asked.seed}`
  }
}

function add(curves: Map<string, Points>, step: number, values: Readonly<Record<string, number>>): void {
  for (const [layer, value] of Object.entries(values)) {
    const points = curves.get(layer) ?? []
    points.push([step, value])
    curves.set(layer, points)
  }
}
