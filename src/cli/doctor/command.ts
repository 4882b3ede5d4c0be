import { Command } from 'commander'
import { z } from 'zod'
import { jsonText, printable } from '../../base/printable.ts'
import { parseFlags } from '../flags.ts'
import { isProgramPath } from '../load-program.ts'
import { addProgramFlags, programFlags } from '../program-flags.ts'
import { addSessionFlags, sessionFlags } from '../session-flags.ts'
import { bundleToTry } from './bundle.ts'
import { lookAtCuda } from './cuda.ts'
import { failed, note, type Finding, type Group } from './finding.ts'
import { gpusHere } from './gpu.ts'
import { lookAtMachine } from './machine.ts'
import { lookAtNeed, lookAtPrecision } from './need.ts'
import { tryTraining } from './proof.ts'
import { lookAtSoftware } from './software.ts'

const flagSchema = z.object({ json: z.boolean().default(false), ...sessionFlags, ...programFlags })
type Flags = z.infer<typeof flagSchema>

const unsound = ({ findings }: Group): boolean => findings.some(({ state }) => state === 'bad')

const untried = note('three steps', 'not tried: first comes what is BAD above')

/**
 * What a training takes, and three steps of it.
 *
 * @param canRun whether graphs could run: where not, only a bundle or program that is given is looked at
 */
async function lookAtTraining(
  path: string | undefined,
  flags: Flags,
  canRun: boolean,
): Promise<readonly Finding[]> {
  const { provider = 'cpu', device = 0, timeout, set } = flags
  const what = path ?? 'a small program'
  if (path === undefined && !canRun) return [untried]
  try {
    const bundle = await bundleToTry(path, provider, { timeout, set })
    const gpus = provider === 'cuda' ? gpusHere() : undefined
    const visible = process.env.CUDA_VISIBLE_DEVICES === undefined && typeof gpus === 'object' ? gpus : []
    const gpu = visible.find(({ index }) => index === device)
    // A program's is told as it is compiled.
    const precision = path === undefined || isProgramPath(path) ? [] : lookAtPrecision(bundle, flags)
    const told = [...precision, lookAtNeed(bundle, flags, gpu)]
    return [...told, canRun ? await tryTraining(bundle, what, flags) : untried]
  } catch (error) {
    return [failed(what, error)]
  }
}

/** In order: what is looked at first explains what would fail later. */
async function* examine(path: string | undefined, flags: Flags): AsyncGenerator<Group> {
  const software = { title: 'software', findings: lookAtSoftware() }
  yield software
  yield { title: 'machine', findings: lookAtMachine() }
  const isInstalled = findsOnnxruntime(software.findings)
  const cuda = { title: 'CUDA', findings: flags.provider === 'cuda' ? lookAtCuda(flags, isInstalled) : [] }
  if (cuda.findings.length > 0) yield cuda
  // A library that is damaged would end this process.
  const canRun = ![software, cuda].some(unsound)
  yield { title: 'training', findings: await lookAtTraining(path, flags, canRun) }
}

const findsOnnxruntime = (findings: readonly Finding[]): boolean =>
  findings.every(({ name, state }) => name !== 'onnxruntime' || state !== 'bad')

const marks = { good: 'ok  ', note: 'note', bad: 'BAD ' } as const

function told({ title, findings }: Group): string {
  const width = Math.max(...findings.map(({ name }) => name.length))
  const lines = findings.flatMap(({ name, state, found, help }) => [
    `  ${marks[state]}  ${name.padEnd(width)}  ${found}`,
    ...(help === undefined ? [] : [`        ${' '.repeat(width)}  ${help}`]),
  ])
  return [title, ...lines].map(printable).join('\n')
}

export const doctorCommand = (): Command =>
  addProgramFlags(
    addSessionFlags(
      new Command('doctor')
        .summary('whether a run could start here, and what to do where not')
        .description(
          'Look at all that a run needs: software, machine, with --provider cuda the libraries, driver and GPUs, and the memory ' +
            'that a bundle takes; and train three steps as a proof. Ends with 0 only where a run could start.',
        )
        .argument('[bundle]', 'a bundle, a program.ts or program.ts#export (default: a small program)')
        .option('--json', 'say it as JSON'),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  hebb doctor
  hebb doctor mine.ts
  hebb doctor --provider cuda --device 1 bundles/mine
  hebb doctor --provider cuda --json`,
    )
    .action(async (path: string | undefined, _options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      const groups: Group[] = []
      for await (const group of examine(path, flags)) {
        groups.push(group)
        if (!flags.json) console.log(told(group))
      }
      const ok = !groups.some(unsound)
      if (flags.json) console.log(jsonText({ ok, provider: flags.provider ?? 'cpu', groups }))
      else
        console.log(
          ok ? '\nA run could start here.' : '\nA run could not start here: see what is marked BAD.',
        )
      if (!ok) process.exitCode = 1
    })
