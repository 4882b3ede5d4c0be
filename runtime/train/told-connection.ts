import type { ConnectionTold } from '../hosts/connection-told.ts'

/** What is said of the server of a training, in words. */
export const toldConnection: Readonly<Record<ConnectionTold, string>> = {
  lost: 'the server is gone: groups of layers go on as far as they were told to',
  refused: 'the server does not let this training in any more: it is asked again, look at the credentials',
  restored: 'the server is there again',
  unread: 'the credentials cannot be read: those that they were are used',
}
