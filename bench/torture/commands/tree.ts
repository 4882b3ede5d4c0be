import { hebb } from '../../../src/cli/main.ts'
import type { Command } from 'commander'

/** A command that does something, as the command line has it: all that is tried is derived from these. */
export interface Leaf {
  /** `new rule`. */
  readonly path: readonly string[]
  readonly takesArguments: boolean
  readonly flags: readonly Flag[]
}

export interface Flag {
  /** With its dashes. */
  readonly name: string
  /** What help calls its value, such as `number`; undefined where it takes none. */
  readonly value: string | undefined
}

function* leavesOf(command: Command, path: readonly string[]): Generator<Leaf> {
  const flags = command.options.map(({ long, short, flags }) => ({
    name: long ?? short ?? '',
    value: /<([^>]+)>/.exec(flags)?.[1],
  }))
  const takesArguments = command.registeredArguments.length > 0
  if (command.commands.length === 0) yield { path, takesArguments, flags }
  for (const child of command.commands) yield* leavesOf(child, [...path, child.name()])
}

const root = await hebb()

export const leaves = (): Leaf[] => [...leavesOf(root, [])]

/** All commands, those that only hold others included. */
export const paths = (): (readonly string[])[] => {
  const all = leaves().map(({ path }) => path)
  return [...all, ...all.filter((path) => path.length > 1).map((path) => path.slice(0, -1))]
}
