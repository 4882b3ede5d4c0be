import { UserError } from '../../src/base/error.ts'

/** Where graphs run. */
export const providers = ['cpu', 'cuda'] as const
/** Where graphs run. */
export type Provider = (typeof providers)[number]

/** How graphs are run. */
export interface SessionOptions {
  /** Default cpu. */
  readonly provider?: Provider | undefined
  /**
   * With `provider: 'cuda'`, which GPU: its number, from 0, among those that the process sees (`CUDA_VISIBLE_DEVICES`
   * chooses and orders them). Default 0.
   */
  readonly device?: number | undefined
  /**
   * With `provider: 'cuda'`, whether products and convolutions of float32 may be computed in TF32, which keeps 10 of the
   * 23 bits of each factor's mantissa. Default false. One choice for a process, fixed by its first session on CUDA.
   */
  readonly tf32?: boolean | undefined
  /** Threads of one operation on the CPU; default: one per core. */
  readonly threads?: number | undefined
  /** Where onnxruntime writes a profile of every session, node by node, when it is released: the beginning of a path. */
  readonly profile?: string | undefined
}

/** What a session is made on; of a profile there is one for each. */
export type Place = Omit<SessionOptions, 'profile'>

/** Of options that say more than that, where graphs are run. */
export const placeOf = ({ provider, device, tf32, threads }: SessionOptions): Place => ({
  ...{ provider, device, tf32, threads },
})

/** Of options that say more than that, how graphs are run. */
export const sessionOf = (options: SessionOptions): SessionOptions => ({
  ...placeOf(options),
  profile: options.profile,
})

/** The devices of a provider that sessions run on, as figures name them: `cpu`, `cuda:1`, `cuda:0,1`. */
export const deviceOf = (provider: Provider, devices: readonly number[] = [0]): string =>
  provider === 'cpu' ? 'cpu' : `${provider}:${devices.join(',')}`

/** How sessions on CUDA multiply, in messages and on pages. */
export const describeTf32 = (allowed: boolean): string => (allowed ? 'with TF32' : 'without TF32')

/** Options that mean something on CUDA alone, by the names that functions give them. */
export interface CudaOptions extends Pick<SessionOptions, 'provider' | 'device' | 'tf32'> {
  readonly devices?: readonly number[] | undefined
}

/** @throws UserError ('OptionError') where something that is for CUDA is given without it */
export function requireCudaFor({ provider = 'cpu', device, devices, tf32 }: CudaOptions): void {
  if (provider === 'cuda') return
  const given = Object.entries({ device, devices, tf32: tf32 === false ? undefined : tf32 })
  const [name] = given.find(([, value]) => value !== undefined) ?? []
  if (name !== undefined)
    throw new UserError('OptionError', `${name} is given, and the provider is ${provider}`, {
      help: `Give provider 'cuda', too, or leave ${name} out.`,
    })
}
