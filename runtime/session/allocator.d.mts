export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Environment variables that a process which runs graphs should be started with; they count only from its start.
 * None where they mean nothing (they are of Linux with glibc), or where `env` has a choice of the user's.
 *
 * @param workers threads that run training graphs at the same time; default 1
 */
export function allocatorSettings(
  workers?: number,
  env?: Environment,
  platform?: string,
): Readonly<Record<string, string>>

/** Whether this process was started with them, for any number of workers. */
export function keepsFreedMemory(env?: Environment, platform?: string): boolean

/** Flags that Node.js should be started with as well; none but for Node.js 20. */
export function nodeFlags(version?: string): readonly string[]
