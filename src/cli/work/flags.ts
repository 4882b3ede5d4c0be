import { z } from 'zod'
import { ranges } from '../../../runtime/given/ranges.ts'
import { LEASE_MS } from '../../../runtime/hosts/names.ts'
import { providers } from '../../../runtime/session/options.ts'
import { folder, numbers, wholeNumber } from '../flags.ts'
import { serverFlags, serverUrl } from '../server-flags.ts'

const DAY_S = 24 * 60 * 60

export const flagSchema = z.object({
  ...serverFlags,
  on: serverUrl,
  provider: z.enum(providers, `must be ${providers.join(' or ')}`).default('cpu'),
  devices: numbers(...ranges.device).optional(),
  jobs: wholeNumber(1, 64).optional(),
  data: folder,
  scratch: folder.optional(),
  grace: wholeNumber(1, DAY_S).optional(),
  once: z.boolean().default(false),
  idleExit: wholeNumber(1, DAY_S).optional(),
  lease: wholeNumber(1, DAY_S).default(LEASE_MS / 1000),
})
export type WorkFlags = z.infer<typeof flagSchema>
