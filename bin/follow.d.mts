import type { ChildProcess } from 'node:child_process'

export interface FollowerOptions {
  /** Standard input, output and error. */
  readonly stdio: readonly ('inherit' | 'ignore' | 'pipe' | number)[]
  /** Threads that train at once; default 1. */
  readonly workers?: number
}

/**
 * Starts a command line in a process whose allocator suits it and which does not outlive this one.
 *
 * @param words a script of hebb's, and what it is given
 */
export function startFollower(words: readonly string[], options: FollowerOptions): ChildProcess

/** Tells the process that started this one how the command can be gone on with, should it be ended now. */
export function tellGoesOn(how: string): void
