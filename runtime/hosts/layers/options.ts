/** Where groups of layers are trained by hosts. */
export interface LayersOptions {
  /** Of the NATS server: `nats://host:4222` or `tls://host:4222`. */
  readonly url: string
  /** A file of credentials, as the server's operator gives it out. */
  readonly creds?: string | undefined
  /** How many groups of consecutive layers there are, a worker each. */
  readonly groups: number
}
