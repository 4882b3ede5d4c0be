import { Command } from 'commander'
import { z } from 'zod'
import { UserError } from '../base/error.ts'
import { printableLines } from '../base/printable.ts'
import { gradientsOf, type Gradients } from '../../testing/gradients.ts'
import { checkOptions } from './check-options.ts'
import { compileNoticing } from './compile.ts'
import { parseFlags } from './flags.ts'
import { splitPath } from './load-program.ts'
import { addProgramFlags, programFlags } from './program-flags.ts'
import { findTypeErrors } from './typescript/type-errors.ts'
import { plural } from './units.ts'
import { withProgram } from './with-program.ts'
import type { LoadFlags } from './settings.ts'
import type { CompiledBundle } from '../bundle/bundle-in-memory.ts'
import type { Program } from '../lang/program.ts'

/** Numbers of each parameter that are moved. */
const ELEMENTS = 2
/** Floating-point operations, of all that comparing gradients takes: some seconds. */
const QUICK = 2e10
/** Steps of differences, up and down, and the rest that one number takes. */
const RUNS = 8
/** Above it a gradient is wrong. */
const RIGHT = 1e-6

const flagSchema = z.object(programFlags)

/** Floating-point operations of comparing a program's gradients with differences, on so many images. */
function work({ manifest }: CompiledBundle, batch: number): number {
  const { graphs, batch: images, parameters } = manifest.train
  const step = graphs.reduce((sum, { cost, blocks = 1 }) => sum + blocks * cost.flops, 0)
  return ((step * batch) / images) * parameters.length * ELEMENTS * RUNS
}

/** Undefined where comparing them would take long: a test of the rule may take its time. */
function quickGradients(program: Program, bundle: CompiledBundle): Gradients | undefined {
  const images = Math.min(program.batch, Math.max(4, program.learn.rule.needs?.images ?? 1))
  return work(bundle, images) > QUICK ? undefined : gradientsOf(program, images)
}

/** @throws UserError ('RuleError') where a gradient is wrong */
async function gradientText({ learn: { rule } }: Program, gradients: Gradients | undefined): Promise<string> {
  if (!gradients) return "not compared, which would take long: checkGradient of 'hebb/testing' does it"
  const { worstError, explicit } = gradients
  const names = [...new Set(explicit.values())].join(', ')
  const unchecked =
    explicit.size === 0 ? '' : `; explicit updates of ${names} are not: see checkUpdate and checkDescent`
  if (!worstError) return `no loss teaches, nothing to compare${unchecked}`
  const error = await worstError(ELEMENTS)
  if (error <= RIGHT) return `right to a relative error of ${error.toExponential(1)}${unchecked}`
  throw new UserError(
    'RuleError',
    `the gradient of '${rule.name}' is wrong by ${error.toExponential(1)}, relative to differences of its loss`,
    {
      origin: rule.origin,
      help: "Is the loss smooth and finite where training starts? checkGradient of 'hebb/testing' checks more of it.",
    },
  )
}

async function check(path: string, flags: LoadFlags): Promise<string> {
  const types = await findTypeErrors(splitPath(path).file)
  for (const error of types.errors) console.error(error)
  // What passes leave is verified, as in all of our tests.
  process.env.HEBB_VERIFY = '1'
  const { program, bundle, gradients, options } = await withProgram(path, flags, (found) => {
    const compiled = compileNoticing(found)
    const options = checkOptions(found)
    return { program: found, bundle: compiled, options, gradients: quickGradients(found, compiled) }
  })
  const compared = await gradientText(program, gradients)
  if (types.errors.length > 0)
    throw new UserError('TypeError', `${path} has ${plural(types.errors.length, 'type error')}`, {
      help: 'They are above. It compiles all the same.',
    })
  const { layers } = bundle.manifest.program
  const by = types.config === undefined ? '' : `, ${types.config}`
  return [
    `types      no errors (TypeScript ${types.version}${by})`,
    `compiles   ${plural(layers.length, 'layer')}, ${plural(bundle.files.size, 'graph')}, verified after each pass`,
    ...options.map((line, i) => (i === 0 ? 'options' : '').padEnd(11) + line),
    `gradients  ${compared}`,
  ].join('\n')
}

export const checkCommand = (): Command =>
  addProgramFlags(
    new Command('check')
      .summary('check the types, the graphs and the gradients of a program')
      .description(
        "Check a program: what TypeScript says of its file, every graph that the compiler makes of it, at each choice of its options, and, where that is quick, its rule's gradients against differences, in float64.",
      )
      .argument('<program>', 'a program.ts, or program.ts#export'),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb check mine.ts
  hebb check recipes.ts#other

It goes by the tsconfig.json that is nearest to the program, or by settings of its own. hebb new writes one.`,
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      console.log(printableLines(await check(path, flags)))
    })
