import { AlignmentMeter, LayerProbes, subset, untaught } from '../../../runtime/core.ts'
import { stream } from '../../../runtime/values/random.ts'
import { fetchAlignment } from './bundles.ts'
import type { Bundle, Dataset, Values } from '../../../runtime/core.ts'
import type { Looked } from '../messages.ts'
import type { RuleName } from '../rules.ts'

/** Enough that a figure is uncertain by two points, and few enough that looking takes no longer than some steps. */
const LEARNED = 1000
const JUDGED = 500
/** Batches whose updates are measured. */
const BATCHES = 2

export interface LookOptions {
  readonly rule: RuleName
  readonly bundle: Bundle
  readonly train: Dataset
  readonly test: Dataset
  readonly seed: number
  readonly values: Values
}

/** Looks at a network while it is trained: what its layers know, and how their updates point. */
export class Looks {
  private readonly probes: LayerProbes
  private readonly meter: AlignmentMeter
  private readonly started: Values

  private constructor(probes: LayerProbes, meter: AlignmentMeter, started: Values) {
    this.probes = probes
    this.meter = meter
    this.started = started
  }

  static async create({ rule, bundle, train, test, seed, values }: LookOptions): Promise<Looks> {
    const started = untaught(bundle.manifest, seed)
    const all = new Map([...started, ...values])
    const images = {
      learned: some(train, LEARNED, seed),
      judged: some(test, JUDGED, seed),
      from: 'labelled',
    } as const
    const probes = await LayerProbes.create(bundle, images, all, {})
    const measured = await fetchAlignment(rule, bundle)
    const meter = await AlignmentMeter.create({ bundle: measured, dataset: train, seed, values: all })
    return new Looks(probes, meter, started)
  }

  readonly images = { learned: LEARNED, judged: JUDGED }

  async at(step: number, values: Values): Promise<Looked> {
    const began = performance.now()
    const all = new Map([...this.started, ...values])
    this.meter.assign(all)
    const found = await this.probes.measure(all)
    const alignment = await this.meter.measure({ batches: BATCHES })
    return {
      kind: 'looked',
      step,
      layers: Object.fromEntries(Object.entries(found.layers).map(([layer, { linear }]) => [layer, linear])),
      all: found.all?.linear,
      cosines: Object.fromEntries(
        (alignment?.layers ?? []).map(({ layer, cosine }) => [layer, cosine.mean] as const),
      ),
      milliseconds: performance.now() - began,
    }
  }
}

/** Some images, the same ones for a seed. */
function some(of: Dataset, count: number, seed: number): Dataset {
  const order = stream(seed, 'looks').shuffle(Uint32Array.from({ length: of.count }, (_, index) => index))
  return subset(of, order.subarray(0, count).sort())
}
