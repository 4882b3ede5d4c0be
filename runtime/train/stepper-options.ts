import { checkedWithSession, checkedArgument, optionError, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { ranges } from '../given/ranges.ts'
import { initialValues } from '../values/start.ts'
import type { GraphStore } from './stages.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { ValueSource } from '../values/value-source.ts'
import type { Values } from '../values/value-store.ts'

/** What a stepper of a bundle's training step is given beside the bundle. */
export interface StepperOptions extends SessionOptions {
  /** Of what parameters and states start with; default 0. */
  readonly seed?: number | undefined
  /** What they start with in place of that, such as the values of a checkpoint. */
  readonly values?: Values | undefined
}

/** What a stepper is made of. */
export interface StepperParts {
  readonly section: Section
  readonly values: Values | ValueSource
  readonly session: SessionOptions
}

const checks: Checks<StepperOptions> = {
  ...kind.session,
  seed: kind.wholeIn(ranges.seed).optional(),
  values: kind.values.optional(),
}

const what = 'Stepper.create'

/** Whether it is the section that is named, or the options of a training step. */
export const isSection = (given: Section | StepperOptions): given is Section =>
  typeof given === 'object' && 'graphs' in given

/** Of a section that is named, and of values. @throws UserError ('OptionError') where one is not what it may be */
export function partsOfSection(
  bundle: GraphStore,
  section: Section,
  start: Values | ValueSource | undefined,
  options: SessionOptions,
): StepperParts {
  checkedArgument(
    what,
    'bundle',
    kind.graphsOf<GraphStore>('a bundle: what compile or loadBundle gives'),
    bundle,
  )
  checkedArgument(what, 'section', kind.section, section)
  const values = checkedArgument(what, 'values', kind.startValues, start)
  return { section, values, session: checkedWithSession(what, kind.session, options) }
}

/** Of the training step of a bundle. @throws as `partsOfSection` */
export function partsOfTraining(bundle: Bundle, given: StepperOptions): StepperParts {
  const { manifest } = checkedArgument(what, 'bundle', kind.wholeBundle, bundle)
  const { seed, values, ...session } = checkedWithSession(what, checks, given)
  if (seed !== undefined && values !== undefined)
    throw optionError(
      `${what}: seed and values are both given`,
      'give one of them: each is what parameters start with',
    )
  return { section: manifest.train, values: values ?? initialValues(manifest.train, seed ?? 0), session }
}
