/** Ends this process as by SIGTERM where npm started it and has ended: npm passes no signal on. */
export function followNpm(): void
