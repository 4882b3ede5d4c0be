import { connectServer, type Server } from '../server.ts'
import { toldConnection } from '../../train/told-connection.ts'
import type { LayersOptions } from './options.ts'
import type { ConnectionTold } from '../connection-told.ts'

/** A server, and what is heard of it while a training goes on. */
export interface Reached {
  readonly server: Server
  readonly isConnected: () => boolean
  readonly onFailure: (error: Error) => void
}

export interface Hearing {
  readonly onNotice: (notice: string) => void
  /** Default: it is a notice. */
  readonly onConnection: ((told: ConnectionTold) => void) | undefined
}

/** @throws UserError ('ServerError') where there is none */
export async function openServer(
  { url, creds }: LayersOptions,
  { onNotice, onConnection }: Hearing,
): Promise<Reached> {
  let last: ConnectionTold = 'restored'
  const told = new Set<string>()
  const server = await connectServer({
    ...{ url, creds, name: 'hebb train' },
    onConnection: (now) => {
      last = now
      if (onConnection) onConnection(now)
      else onNotice(toldConnection[now])
    },
  })
  return {
    server,
    isConnected: () => last === 'restored',
    onFailure: ({ message }) => {
      if (!told.has(message)) onNotice(`the server: ${message}; it is asked again`)
      told.add(message)
    },
  }
}
