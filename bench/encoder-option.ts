import { Argument, type Command } from 'commander'
import { UserError } from '../src/base/error.ts'
import { dataSets, describe, describeForwardForward, ruleNames, vgg6, widths } from './programs.ts'
import type { DataSet, Described, RuleName, Shape, Width } from './programs.ts'

/** Which encoder, and which rules on it: arguments that benchmarks share. */

const isDataSet = (text: string): text is DataSet => text in dataSets
const isWidth = (text: string): text is Width => text in widths
const isRule = (text: string): text is RuleName => ruleNames.some((name) => name === text)

const withShape = (command: Command, encoders: readonly string[]): Command =>
  command
    .addArgument(
      new Argument('<encoder>', 'the VGG-6 for CIFAR-10 or for STL-10, or an MLP').choices(encoders),
    )
    .addArgument(
      new Argument(
        '[width]',
        'share of the channels of the VGG-6 (default: full, for STL-10 quarter)',
      ).choices(Object.keys(widths)),
    )

export const withVgg6 = (command: Command): Command => withShape(command, Object.keys(dataSets))

export const withStep = (command: Command): Command =>
  withShape(command, [...Object.keys(dataSets), 'mlp']).option(
    '--rule <name>',
    `only this one, without keeping the result: ${ruleNames.join(', ')}`,
  )

/** The VGG-6 asked for; its name is that of sections, such as `cifar10 quarter`. */
export function chosenVgg6({ processedArgs: [data, asked] }: Command): { name: string; shape: Shape } {
  const width: unknown = asked ?? (data === 'stl10' ? 'quarter' : 'full')
  if (typeof data !== 'string' || typeof width !== 'string' || !isDataSet(data) || !isWidth(width))
    throw new Error('commander lets no other encoder pass')
  return { name: `${data} ${width}`, shape: vgg6(data, width) }
}

export interface Chosen {
  readonly name: string
  readonly cases: readonly Described[]
  /** Whether all rules were asked for. */
  readonly complete: boolean
}

/** @throws UserError for an unknown rule. */
export function chosenSteps(command: Command): Chosen {
  if (command.processedArgs[0] === 'mlp')
    return { name: 'mlp', cases: [describeForwardForward()], complete: true }
  const { name, shape } = chosenVgg6(command)
  const { rule } = command.opts<{ rule?: string }>()
  if (rule === undefined)
    return { name, cases: ruleNames.map((each) => describe(each, shape)), complete: true }
  if (!isRule(rule))
    throw new UserError('BenchmarkError', `no rule '${rule}'`, { help: `Rules: ${ruleNames.join(', ')}.` })
  return { name, cases: [describe(rule, shape)], complete: false }
}
