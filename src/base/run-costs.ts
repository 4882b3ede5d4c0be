/** What a run of the graphs may cost, for who compiles them and for who runs them. */

/** Beside its steps, as a share of them: copies of parameters and states to a device and back, and calls. */
export const SHARE_OF_TIME = 0.02

/** Seconds: Ctrl-C and metrics wait for the end of a run. */
export const LONGEST_RUN = 10
