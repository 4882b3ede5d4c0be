import { Command } from 'commander'
import { z } from 'zod'
import { trainGroup, type GroupEnd } from '../../../../runtime/hosts/layers/train-group.ts'
import { openLayers } from '../../../../runtime/hosts/run-records.ts'
import { connectServer, type Server } from '../../../../runtime/hosts/server.ts'
import { loadBundle } from '../../../bundle/load-bundle.ts'
import { folder, parseFlags } from '../../flags.ts'
import { interruptible } from '../../interrupt.ts'
import { sessionFlags } from '../../session-flags.ts'
import { askToWrite } from './places.ts'
import { tellUnanswered } from './unanswered.ts'

const flagSchema = z.object({
  on: z.string(),
  creds: folder.optional(),
  bundle: folder,
  data: folder.optional(),
  scratch: folder,
  provider: sessionFlags.provider,
  device: sessionFlags.device,
})
type Flags = z.infer<typeof flagSchema>

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
    .option('--on <url>', 'the NATS server')
    .option('--creds <file>', 'credentials')
    .option('--bundle <folder>', 'the bundle of the training')
    .option('--data <path>', 'where its images are')
    .option('--scratch <folder>', 'for files of its own')
    .option('--provider <name>', 'cpu or cuda')
    .option('--device <number>', 'which GPU')
    .action(async (key: string, _options: unknown, command: Command) => {
      const flags = parseFlags(command, flagSchema)
      const server = await connectServer({ url: flags.on, creds: flags.creds, name: `hebb work: ${key}` })
      try {
        const work = (leave: AbortSignal) => train(server, key, flags, leave)
        const end = await interruptible('Stopping after this step.', work, (how) => how === 'given back')
        if (end) console.log(told[end])
      } finally {
        await server.close()
      }
    })

async function train(server: Server, key: string, flags: Flags, leave: AbortSignal): Promise<GroupEnd> {
  const records = await openLayers(server)
  const held = await records.get(key)
  if (!held) return 'over'
  const { bundle, data, scratch, provider, device } = flags
  return trainGroup({
    ...{ server, records, key, job: held.value, write: askToWrite, bundle: loadBundle(bundle) },
    ...{ data, scratch, place: { provider, device }, leave },
    onFailure: tellUnanswered,
  })
}
