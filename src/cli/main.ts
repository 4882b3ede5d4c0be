import { Command } from 'commander'
import { streamFailure } from '../../bin/streams.mjs'
import { fileError, isSystemError } from '../base/file-error.ts'
import { version } from '../base/version.ts'
import { endWhenDone } from './end.ts'
import { reportFailure } from './failure.ts'
import { giveBackAtSignals } from './give-back.ts'
import { provideOnnxruntime } from './first-use.ts'
import { heedQuiet } from './shown.ts'
import { asksForJson, isJson, logJson, tellEvent } from './log.ts'
import { heedOperation } from './operation-flags.ts'
import { checkedWords, refuseEmpty } from './words.ts'

/** Each command, loaded with all that it needs where it is asked for: a start takes as long as what it reads. */
const commands = new Map<string, () => Promise<Command>>(
  Object.entries({
    compile: async () => (await import('./compile.ts')).compileCommand(),
    train: async () => (await import('./train.ts')).trainCommand(),
    run: async () => (await import('./run/command.ts')).runCommand(),
    probe: async () => (await import('./probe.ts')).probeCommand(),
    sweep: async () => (await import('./sweep/command.ts')).sweepCommand(),
    work: async () => (await import('./work/command.ts')).workCommand(),
    compare: async () => (await import('./compare/command.ts')).compareCommand(),
    evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
    report: async () => (await import('./report/command.ts')).reportCommand(),
    export: async () => (await import('./export/command.ts')).exportCommand(),
    import: async () => (await import('./import.ts')).importCommand(),
    inspect: async () => (await import('./inspect.ts')).inspectCommand(),
    new: async () => (await import('./new.ts')).newCommand(),
    data: async () => (await import('./data/data.ts')).dataCommand(),
    check: async () => (await import('./check.ts')).checkCommand(),
    align: async () => (await import('./align.ts')).alignCommand(),
    theory: async () => (await import('./theory.ts')).theoryCommand(),
    doctor: async () => (await import('./doctor/command.ts')).doctorCommand(),
    demo: async () => (await import('./demo.ts')).demoCommand(),
    'install-onnxruntime': async () => (await import('./install.ts')).installOnnxruntimeCommand(),
    'install-cuda': async () => (await import('./install.ts')).installCudaCommand(),
  }),
)

/** What other commands start, and nobody else need know. */
const inner = new Map<string, () => Promise<Command>>([
  ['group', async () => (await import('./work/layers/group.ts')).groupCommand()],
])

/** Words that ask for nothing of any command. */
const ofItself = ['--version', '-V']

/** All commands, or the one that is called so; none where the word asks for none. */
export async function hebb(only?: string): Promise<Command> {
  const root = new Command('hebb')
    .description('A compiler for local learning rules: TypeScript in, ONNX training graphs out.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .configureOutput({ outputError })
    .addHelpText(
      'after',
      `
Examples:
  hebb compile mine.ts --out bundles/mine
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --epochs 8
  hebb run mine.ts --data data/fashion-mnist --out runs/mine --epochs 8
  hebb work --on nats://server --data /data
  hebb probe runs/mine --data data/fashion-mnist
  hebb evaluate runs/supervised
  hebb inspect bundles/mine
  hebb check mine.ts
  hebb align mine.ts --data data/fashion-mnist
  hebb data preview mine.ts --data data/fashion-mnist
  hebb inspect --locality mine.ts recipes.ts#other

A program is a TypeScript file; recipes.ts#other is the program that it exports under that name.
Exit codes: 0 done, 1 a mistake in a program, data or path, 2 a mistake in the command, 70 a bug of hebb,
128 and the number of the signal that stopped it: 130 Ctrl-C, 143 SIGTERM, 129 a terminal that was closed.`,
    )
  const load = commands.get(only ?? '') ?? inner.get(only ?? '')
  const wanted = load ? [load] : ofItself.includes(only ?? '') ? [] : commands.values()
  for (const each of wanted) root.addCommand(inheriting(await each(), root))
  return root.hook('preAction', async (_root, command) => {
    refuseEmpty(command)
    heedQuiet(command)
    heedOperation(command)
    await provideOnnxruntime(command.name())
  })
}

/** What is wrong with the words themselves. */
function outputError(text: string, write: (text: string) => void): void {
  if (isJson()) tellEvent('error', 'usage', { message: text.trim() })
  else write(text)
}

const inheriting = (command: Command, parent: Command): Command => {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inheriting(child, command)
  return command
}

/** Runs the command of these words. Returns the exit code; what is wrong is told on stderr. */
export async function run(words: readonly string[]): Promise<number> {
  // What cannot be loaded is told by who started this.
  const root = await hebb(words[0])
  try {
    await root.parseAsync(checkedWords(root, words), { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    return reportFailure(error)
  }
}

/** Runs one command; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // In place of the one that tells why nothing can be loaded.
  process.removeAllListeners('uncaughtException')
  const fail = (error: unknown) => process.exit(reportFailure(error))
  if (asksForJson(argv)) logJson()
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  giveBackAtSignals()
  process.exitCode = await run(argv.slice(2))
  await tellLostOutput(argv[2])
  await endWhenDone()
}

/** Their results are in files: what they print only sums it up. */
const writingFiles = ['train', 'run', 'sweep', 'work', 'demo']

/** Says that standard output could not be written. Who reads it may stop reading: `hebb inspect … | head`. */
async function tellLostOutput(command: string | undefined): Promise<void> {
  const failure = await streamFailure(process.stdout)
  if (!failure || (isSystemError(failure) && failure.code === 'EPIPE')) return
  const code = reportFailure(fileError('write', 'standard output', failure))
  const succeeded = process.exitCode === undefined || process.exitCode === 0
  if (succeeded && !writingFiles.includes(command ?? '')) process.exitCode = code
}
