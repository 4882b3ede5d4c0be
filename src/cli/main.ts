import { Command } from 'commander'
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
130 stopped with Ctrl-C.`,
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
  return root
}

const inheriting = (command: Command, parent: Command): Command => {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inheriting(child, command)
  return command
}

/** Runs one command; sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever reads our output may stop reading: `hebb inspect … | head`.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1))
  const fail = (error: unknown) => process.exit(reportFailure(error))
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  try {
    await hebb().parseAsync(argv)
  } catch (error) {
    process.exitCode = reportFailure(error)
  }
  await endWhenDone()
}
