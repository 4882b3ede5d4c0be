import { z } from 'zod'

const event = z.looseObject({
  time: z.iso.datetime(),
  level: z.enum(['info', 'warning', 'error']),
  event: z.string(),
})

/** What `--log json` has said. @throws Error where a line is anything else */
export const eventsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => event.parse(JSON.parse(line)))
