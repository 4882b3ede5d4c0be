import { here } from '#here'
import { checkGraph } from '../../bundle/check-graph.ts'
import { bytesOfRun } from '../../bundle/check-sizes.ts'
import { makesViews } from '../../bundle/makes-views.ts'
import { MIXED_ON_CPU } from '../../base/mixed-on-cpu.ts'
import { bytes, plural } from '../units.ts'
import { bad, good, note, type Finding } from './finding.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import type { SessionOptions } from '../../../runtime/session/options.ts'
import type { Gpu } from './gpu.ts'

/** Of a run of several steps, the estimate has been seen to be four times what is needed. */
const TOO_HIGH = 4
/** What CUDA, cuBLAS and cuDNN take of a GPU before anything is computed: an assumption. */
const LIBRARIES = 1e9

/** What its precision is worth where it would run. */
export const lookAtPrecision = (
  { manifest }: Bundle,
  { provider = 'cpu' }: SessionOptions,
): readonly Finding[] =>
  manifest.program.precision === 'mixed' && provider === 'cpu' ? [note('precision', MIXED_ON_CPU)] : []

/** What a training takes, by estimate, and whether there is as much. @param gpu the one that it would be on, where that is known */
export function lookAtNeed(bundle: Bundle, { provider }: SessionOptions, gpu: Gpu | undefined): Finding {
  const { train, augment } = bundle.manifest
  const sections = makesViews(train) ? [train] : [train, augment]
  const peaks = sections.flatMap((section) =>
    section.graphs.map(
      (graph) =>
        checkGraph(bundle.graph(graph), graph.file, { steps: section.stepsPerRun, batch: section.batch })
          .peakBytes,
    ),
  )
  const kept = bytesOfRun(train)
  const most = Math.max(0, ...peaks)
  // On a GPU each session keeps its own peak; on the CPU one is lent what another has freed.
  const sum = peaks.reduce((total, peak) => total + peak, 0)
  const onGpu = provider === 'cuda'
  const need = onGpu ? LIBRARIES + sum : kept + most
  const told = onGpu
    ? `about ${bytes(sum)} on the GPU for ${plural(peaks.length, 'graph')}, beside ${bytes(LIBRARIES)} for CUDA itself; and ${bytes(kept)} of memory for what is kept`
    : `about ${bytes(kept + most)}: ${bytes(kept)} kept, ${bytes(most)} at once`
  const room = onGpu ? gpu?.free : here.memory()
  if (room === undefined || need <= room) return good('memory needed', told)
  const short = `${told}; there are ${bytes(room)}`
  const help =
    'Use a smaller batch, or fewer --steps-per-run; hebb compile --memory makes graphs that need less.'
  return need > TOO_HIGH * room
    ? bad('memory needed', short, help)
    : note('memory needed', `${short}, which may do`, help)
}
