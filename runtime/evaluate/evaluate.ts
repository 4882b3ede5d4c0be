import { UserError } from '../../src/base/error.ts'
import { at } from '../../src/base/lists.ts'
import { Stepper } from '../train/stepper.ts'
import { checkDataset } from '../batches/check-dataset.ts'
import { checkedWithSession, checkedArgument, type Checks } from '../given/check.ts'
import * as kind from '../given/kinds.ts'
import { gatherRows } from '../batches/rows.ts'
import { Judge, type Figures } from './judged.ts'
import { labelsOf, type Dataset } from '../data/dataset.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { Section } from '../../src/bundle/schema/section.ts'
import type { Listener } from '../given/hearing.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Values } from '../values/value-store.ts'

/** What `evaluate` is given beside the values of the network. */
export interface EvaluateOptions extends SessionOptions {
  /** Of a program that classifies: one with a section `logits`. */
  readonly bundle: Bundle
  /** Labelled images, each of which counts once. */
  readonly dataset: Dataset
  /** Told after each batch how many images are done. */
  readonly onImages?: Listener<number> | undefined
}

const checks: Checks<EvaluateOptions> = {
  ...kind.session,
  bundle: kind.bundle,
  dataset: kind.images,
  onImages: kind.listener<EvaluateOptions['onImages']>('done').optional(),
}

/** What one head of a network tells of the classes. */
export interface JudgedHead extends Figures {
  /** The layer whose activity it reads. */
  readonly layer: string
  /** The output of the bundle's section `logits`. */
  readonly output: string
}

/**
 * How well a trained network classifies by its own heads, the classifiers that its rules have learned with labels: one
 * result a head, from the input to the top.
 *
 * @param values all parameters and states of a run
 * @throws UserError ('OptionError') where an option is not what it may be; ('RunError') where the program has no classifier; ('DataError') where the images do not fit it;
 *   ('EvaluationError') where scores are not finite.
 */
export async function evaluate(values: Values, options: EvaluateOptions): Promise<JudgedHead[]> {
  const { bundle, dataset, onImages, ...session } = checkedWithSession('evaluate', checks, options)
  checkedArgument('evaluate', 'values', kind.values, values)
  const section = logitsOf(bundle)
  requireValues(section, values)
  checkDataset(dataset, bundle.manifest)
  const labels = labelsOf(dataset, 'an evaluation')
  const { classes } = bundle.manifest.program.input
  const heads = section.graphs.flatMap(({ outputs }) =>
    outputs.map(({ name, layer = name }) => ({ layer, output: name, judge: new Judge(classes) })),
  )
  const stepper = await Stepper.open(bundle, section, values, session)
  try {
    const { batch } = section
    for (let start = 0; start < dataset.count; start += batch) {
      // The last batch is filled up with its last image, which counts once.
      const rows = Math.min(batch, dataset.count - start)
      const indices = Uint32Array.from({ length: batch }, (_, row) => start + Math.min(row, rows - 1))
      const [result] = await stepper.run([{ images: await gatherRows(dataset, indices) }])
      for (const { output, judge } of heads) {
        const data = result?.outputs[output]?.data
        if (!(data instanceof Float32Array)) throw new Error(`no logits ${output}`)
        for (let row = 0; row < rows; row++) {
          const scores = data.subarray(row * classes, (row + 1) * classes)
          requireFinite(scores, output, start + row)
          judge.add(scores, at(labels, start + row))
        }
      }
      await onImages?.(start + rows)
    }
  } finally {
    await stepper.release()
  }
  return heads.map(({ layer, output, judge }) => ({ layer, output, ...judge.figures() }))
}

/** @throws UserError ('RunError') where no rule of the program compares scores with labels */
function logitsOf({ manifest: { logits, program } }: Bundle): Section {
  if (logits) return logits
  throw new UserError(
    'RunError',
    `'${program.name}' has no classifier: '${program.rule}' learns no scores by labels`,
    {
      help: 'hebb probe measures what its frozen features know; crossEntropy(scores, labels) in a rule makes a classifier.',
    },
  )
}

/** An encoder that was imported has no heads of rules. @throws UserError ('RunError') where one is missing */
function requireValues({ parameters, states }: Section, values: Values): void {
  const missing = [...parameters, ...states].find(({ name }) => !values.has(name))
  if (missing)
    throw new UserError('RunError', `there are no weights of the classifier: '${missing.name}' is missing`, {
      help: 'It belongs to a rule, and imported encoders have none of those: train it, hebb train --init.',
    })
}

function requireFinite(scores: Float32Array, output: string, image: number): void {
  const wrong = scores.find((score) => !Number.isFinite(score))
  if (wrong === undefined) return
  throw new UserError('EvaluationError', `'${output}' gives a score of ${wrong} for image ${image}`, {
    help: 'The weights of this checkpoint are of no use: look at an earlier one (--at STEP), or train with a lower rate.',
  })
}
