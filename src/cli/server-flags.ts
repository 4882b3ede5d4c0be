import { z } from 'zod'
import { isServerUrl } from '../base/server-address.ts'
import { folder } from './flags.ts'

/** Which server a command asks, and as whom. */

export const serverUrl = z
  .string()
  .refine(isServerUrl, 'must be nats://host:4222 or tls://host:4222; several of a cluster between commas')

export const serverFlags = { on: serverUrl.optional(), creds: folder.optional() }
