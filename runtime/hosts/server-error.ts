import { UserError } from '../../src/base/error.ts'
import { shownUrl } from '../../src/base/url-credentials.ts'
import { causesOf } from './passing.ts'

/** What goes wrong at a server, told so that a user can mend it. */

const helps: Readonly<Record<string, string>> = {
  PermissionViolationError:
    'Its operator has to allow hebb.>, $JS.API.>, $JS.ACK.>, $JS.FC.>, $KV.> and $O.> to whoever this is.',
  AuthorizationError:
    'Give the credentials that its operator gave out: --creds FILE, or nats://user:password@host.',
  UserAuthenticationExpiredError: 'Ask its operator for new credentials: --creds FILE.',
  JetStreamNotEnabled: 'Start it with JetStream: nats-server -js.',
  ConnectionError: 'Start one: nats-server -js; or look at its address, and at what is between.',
  ClosedConnectionError: 'Start it again, and the same command.',
  TimeoutError: 'Nothing there answers as a NATS server does: look at the address, and at what is between.',
}

/** Of JetStream's errors by their numbers. */
const codeHelps: Readonly<Record<number, string>> = {
  10023:
    'Its disk or memory is full, or the limit of its store: make room there, and give the same command again.',
  10028: 'Its memory is full, or the limit of its store: make room there, and give the same command again.',
  10039: 'Its account has no JetStream: its operator has to enable it.',
  10047: 'Its disk is full, or the limit of its store: make room there, and give the same command again.',
  10058:
    'It has a stream or bucket of this name with other settings: somebody else, or another version of hebb, made it.',
  10077: 'Its disk is full, or the limit of its store: make room there, and give the same command again.',
  10122: 'Its disk is full, or the limit of its store: make room there, and give the same command again.',
}

/** By what their messages or codes say: the client hands on what Node.js and a server say. */
const saidHelps: readonly (readonly [RegExp, string])[] = [
  [/support 'tls'/, 'It has no TLS: name it by nats://, or have its operator give it a certificate.'],
  [
    /certificate|CERT|altnames/,
    'Have Node.js trust who has signed its certificate, NODE_EXTRA_CA_CERTS=ca.pem, and name the server as that does.',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'No host is called so: look at its name.'],
]

function helpOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined
  const said = saidHelps.find(([pattern]) => pattern.test(`${error.message} ${String(code)}`))
  return said?.[1] ?? helps[error.name] ?? (typeof code === 'number' ? codeHelps[code] : undefined)
}

/** Does what asks a server. @throws UserError ('ServerError') for what a client throws that has an explanation */
export async function explained<T>(url: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw toUserError(url, error)
  }
}

/** Connects: whatever goes wrong by then is wrong with what answers there. @throws UserError ('ServerError') */
export async function orNoServer<T>(url: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await explained(url, connect)
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error
    throw serverError(url, error, 'What answers there is no NATS server: look at the address.')
  }
}

const serverError = (url: string, { message }: Error, help: string): UserError =>
  new UserError('ServerError', `the NATS server at ${shownUrl(url)}: ${message}`, { help })

function toUserError(url: string, error: unknown): unknown {
  if (error instanceof UserError) return error
  for (const each of causesOf(error)) {
    const help = helpOf(each)
    if (help !== undefined) return serverError(url, each, help)
  }
  return error
}
