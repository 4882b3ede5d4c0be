/** Where graphs run. */
export const providers = ['cpu', 'cuda'] as const
/** Where graphs run. */
export type Provider = (typeof providers)[number]

/** The device of a provider that sessions run on: the first that the process sees. */
export const deviceOf = (provider: Provider): string => (provider === 'cpu' ? 'cpu' : `${provider}:0`)

/** How graphs are run. */
export interface SessionOptions {
  /** Default cpu. */
  readonly provider?: Provider | undefined
  /** Threads of one operation on the CPU; default: one per core. */
  readonly threads?: number | undefined
  /** Where onnxruntime writes a profile of every session, node by node, when it is released: the beginning of a path. */
  readonly profile?: string | undefined
}

/** Of options that say more than that, how graphs are run. */
export const sessionOf = ({ provider, threads, profile }: SessionOptions): SessionOptions => ({
  ...{ provider, threads, profile },
})
