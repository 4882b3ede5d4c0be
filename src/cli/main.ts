import { Command } from 'commander'
import { streamFailure } from '../../bin/streams.mjs'
import { fileError, isSystemError } from '../file-error.ts'
import { version } from '../version.ts'
import { alignCommand } from './align.ts'
import { compileCommand } from './compile.ts'
import { demoCommand } from './demo.ts'
import { endWhenDone } from './end.ts'
import { reportFailure } from './failure.ts'
import { inspectCommand } from './inspect.ts'
import { newCommand } from './new.ts'
import { probeCommand } from './probe.ts'
import { theoryCommand } from './theory.ts'
import { trainCommand } from './train.ts'
import { checkedWords, refuseEmpty } from './words.ts'

/** All commands. */
export const hebb = (): Command => {
  const root = new Command('hebb')
    .description('A compiler for local learning rules: TypeScript in, ONNX training graphs out.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      `
Examples:
  hebb compile mine.ts --out bundles/mine
  hebb train bundles/mine --data data/fashion-mnist --out runs/mine --epochs 8
  hebb probe runs/mine --data data/fashion-mnist
  hebb inspect bundles/mine
  hebb align mine.ts --data data/fashion-mnist
  hebb inspect --locality mine.ts recipes.ts#other

A program is a TypeScript file; recipes.ts#other is the program that it exports under that name.
Exit codes: 0 done, 1 a mistake in a program, data or path, 2 a mistake in the command, 70 a bug of hebb,
128 and the number of the signal that stopped it: 130 Ctrl-C, 143 SIGTERM, 129 a terminal that was closed.`,
    )
  const commands = [
    compileCommand(),
    trainCommand(),
    probeCommand(),
    inspectCommand(),
    newCommand(),
    alignCommand(),
    theoryCommand(),
    demoCommand(),
  ]
  for (const command of commands) root.addCommand(inheriting(command, root))
  return root.hook('preAction', (_root, command) => {
    refuseEmpty(command)
  })
}

const inheriting = (command: Command, parent: Command): Command => {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inheriting(child, command)
  return command
}

/** Runs the command of these words. Returns the exit code; what is wrong is told on stderr. */
export async function run(words: readonly string[]): Promise<number> {
  try {
    const root = hebb()
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
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  process.exitCode = await run(argv.slice(2))
  await tellLostOutput(argv[2])
  await endWhenDone()
}

/** Their results are in files: what they print only sums it up. */
const writingFiles = ['train', 'demo']

/** Says that standard output could not be written. Who reads it may stop reading: `hebb inspect … | head`. */
async function tellLostOutput(command: string | undefined): Promise<void> {
  const failure = await streamFailure(process.stdout)
  if (!failure || (isSystemError(failure) && failure.code === 'EPIPE')) return
  const code = reportFailure(fileError('write', 'standard output', failure))
  const succeeded = process.exitCode === undefined || process.exitCode === 0
  if (succeeded && !writingFiles.includes(command ?? '')) process.exitCode = code
}
