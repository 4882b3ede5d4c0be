import { checkLearning } from '../cut/check-learning.ts'
import { checkSettings } from '../cut/check-settings.ts'
import { trace, type Trace, type Training } from '../cut/trace.ts'
import { requireAffordable, requireFewLayers } from './estimate.ts'
import type { Registry } from '../cut/registry.ts'
import type { Program } from '../lang/program.ts'

/**
 * A program's own trace, held to what every use of it needs: layers that are few enough, sizes that some machine has,
 * gradients that teach.
 *
 * @throws UserError that names the user's line.
 */
export function tracedProgram(program: Program, training: Training, registry?: Registry): Trace {
  requireFewLayers(program)
  const traced = trace(training, registry)
  requireAffordable(program, traced)
  checkSettings(training.optimizer, traced)
  checkLearning(traced, program.learn, program.batch)
  return traced
}
