/**
 * What the command line tells its caller; the numbers are those of sysexits. What a signal stopped ends with 128 and the
 * signal's number, as shells have it.
 */
export const exitCodes = {
  /** A mistake in a program, in data or in a path; said in words. */
  userError: 1,
  /** A mistake in the command itself: an unknown flag, a missing argument, an invalid value. */
  usage: 2,
  /** A bug of ours. */
  bug: 70,
} as const
