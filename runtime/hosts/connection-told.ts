/**
 * Of a connection: `refused` where the server is there and does not let us in any more; `unread` where the file of credentials
 * cannot be read any more, so that we come with those that it had.
 */
export type ConnectionTold = 'lost' | 'restored' | 'refused' | 'unread'
