/** What went wrong with process.stdout or process.stderr, once all that was written to it is gone or lost. */
export function streamFailure(stream: NodeJS.WriteStream): Promise<Error | undefined>
