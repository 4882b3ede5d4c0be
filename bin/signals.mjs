/** What a user, a terminal that closes, or a scheduler stops a process by. */
export const stopping = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']

/** Of one Ctrl-C several signals may come, from the terminal and from whoever passes them on: within this time they are one. */
export const ONE_KEYPRESS_MS = 500
