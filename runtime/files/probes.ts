import { probeLineSchema, type ProbeLine } from './probe-line.ts'
import { soundLinesIn, type StepLines } from './step-lines.ts'

export const probeLines: StepLines<ProbeLine> & { readonly isOneAStep: false } = {
  what: 'the probes',
  schema: probeLineSchema,
  isOneAStep: false,
}

/** Reads all sound lines of a run's `probes.jsonl`; none where it has no such file. */
export const readProbes = (path: string): readonly ProbeLine[] => [...soundLinesIn(path, probeLines)]
