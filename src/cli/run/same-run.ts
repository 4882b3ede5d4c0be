import { stepsOf, type PlanOptions } from '../../../runtime/train/run-plan.ts'
import { openRunCheckpoint, type RunFolder } from '../../../runtime/files/run-folder.ts'
import { UserError } from '../../base/error.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** What a run was begun with, and a command that names its folder again must say. */
type Wanted = Pick<PlanOptions, 'out' | 'seed' | 'epochs' | 'steps' | 'init' | 'initLayers'>

/**
 * @param named the program, as the command has it
 * @throws UserError ('RunError') where the run is of another program, seed, length or start; data and split are looked
 *   at as it goes on
 */
export function requireSameRun(
  { record, bundle }: RunFolder,
  wanted: Wanted,
  given: Bundle,
  named: string,
): void {
  const { out, seed = 0, init, initLayers } = wanted
  const refuse = (problem: string, help: string) =>
    new UserError('RunError', problem, { help: `${help}, or choose another folder for --out.` })
  if (given.identity !== record.identity)
    throw refuse(
      `${out} is a run of another program ('${record.program}') than ${named}`,
      'Name the program that it was begun with',
    )
  if (seed !== record.seed)
    throw refuse(`${out} was begun with seed ${record.seed}, not ${seed}`, `Give --seed ${record.seed}`)
  const steps = stepsOf(wanted, record.dataset, bundle)
  if (steps !== record.totalSteps)
    throw refuse(
      `${out} is a run of ${record.totalSteps} steps, not ${steps}`,
      `Give --steps ${record.totalSteps}; a new length: hebb train --resume --out ${out} --steps ${steps}`,
    )
  const start = (weights = 'the seed', layers: readonly string[] = []) => [weights, ...layers].join(', ')
  const [began, asked] = [start(record.init?.weights, record.init?.layers), start(init, initLayers)]
  if (began !== asked)
    throw refuse(
      `${out} started with weights of ${began}, not of ${asked}`,
      'Give the --init that it was begun with',
    )
}

/** The checksum of the last checkpoint of a run that has come to its end; undefined of one that has not. */
export function finishedCheckpoint(run: RunFolder): string | undefined {
  const checkpoint = openRunCheckpoint(run)
  checkpoint?.close()
  return checkpoint?.step === run.record.totalSteps ? checkpoint.checksum : undefined
}
