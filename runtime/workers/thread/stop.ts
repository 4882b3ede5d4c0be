/** The last message of all to a thread. */
export const STOP = 'stop'
