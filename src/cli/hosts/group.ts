import { Command } from 'commander'
import { z } from 'zod'
import { connectServer } from '../../../runtime/hosts/server.ts'
import { trainGroup, type GroupEnd } from '../../../runtime/hosts/layers/train-group.ts'
import { folder, parseFlags } from '../flags.ts'
import { interruptible } from '../interrupt.ts'
import { sessionFlags } from '../session-flags.ts'
import { tell } from '../shown.ts'

const flagSchema = z.object({
  on: z.string(),
  creds: folder.optional(),
  data: folder.optional(),
  scratch: folder,
  provider: sessionFlags.provider,
  device: sessionFlags.device,
})

const told: Readonly<Record<GroupEnd, string>> = {
  over: 'the training is over',
  lost: 'somebody else has taken these layers',
  'given back': 'stopped at a place that somebody else can go on from',
}

/** What `hebb work` has a process of its own do: it trains a group of layers that was taken for it. */
export const groupCommand = (): Command =>
  new Command('group')
    .description('Train a group of layers that hebb work has taken.')
    .argument('<record>', 'its name on the server')
    .requiredOption('--on <url>', 'the NATS server')
    .option('--creds <file>', 'credentials')
    .option('--data <path>', 'where its images are')
    .option('--scratch <folder>', 'for files of its own')
    .option('--provider <name>', 'cpu or cuda')
    .option('--device <number>', 'which GPU')
    .action(async (key: string, _options: unknown, command: Command) => {
      const { on: url, creds, data, scratch, provider, device } = parseFlags(command, flagSchema)
      const server = await connectServer({ url, creds, name: `hebb work: ${key}` })
      const place = { provider, device }
      const onFailure = ({ message }: Error) => {
        console.error(`the server does not answer, it is asked again: ${message}`)
      }
      try {
        const work = (leave: AbortSignal) => trainGroup({ server, key, data, scratch, place, leave, onFailure })
        const end = await interruptible('Stopping after this step.', work, (how) => how === 'given back')
        if (end) tell(told[end])
      } finally {
        await server.close()
      }
    })
