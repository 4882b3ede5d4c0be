/** The command itself hears signals from now on. */
export function hearSignals(): void
