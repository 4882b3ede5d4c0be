import { z } from 'zod'
import { UserError } from './error.ts'
import { shownUrl } from './url-credentials.ts'

/** Where a NATS server is, as a user writes it. */

const urlSchema = z.string().regex(/^(nats|tls):\/\/[^\s,/]+\/?$/)

/** Of one server of a cluster. */
export interface ServerAddress {
  /** `host:4222`. */
  readonly place: string
  readonly isSecure: boolean
  readonly user: string
  readonly pass: string
}

const partsOf = (url: string): string[] => url.split(',').map((each) => each.trim())

/** Whether it is the URL of a server, or of several of a cluster. */
export const isServerUrl = (url: string): boolean =>
  partsOf(url).every((each) => urlSchema.safeParse(each).success && URL.canParse(each))

/** @throws UserError ('ServerError') for what is no URL of a server */
export function serversOf(url: string): ServerAddress[] {
  if (!isServerUrl(url))
    throw new UserError('ServerError', `${shownUrl(url)} is not the address of a NATS server`, {
      help: 'Give one such as nats://host:4222, or tls://host:4222; several of a cluster between commas.',
    })
  return partsOf(url).map((each) => {
    const { protocol, host, username, password } = new URL(each)
    return { place: host, isSecure: protocol === 'tls:', user: decoded(username), pass: decoded(password) }
  })
}

/** A password that is not written for a URL is what it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** As whom an address says that we come: the servers of a cluster know the same users. */
export function identityIn(servers: readonly ServerAddress[]): {
  readonly user?: string
  readonly pass?: string
} {
  const { user, pass } = servers.find((each) => each.user !== '') ?? { user: '', pass: '' }
  return user === '' ? {} : { user, pass }
}
