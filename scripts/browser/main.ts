import { Command, InvalidArgumentError } from 'commander'
import { followNpm } from '../../bin/follow-npm.mjs'
import { buildPage, defaultFolder } from './build.ts'
import { LAST_PORT, requireFree, servePage } from './serve.ts'

const portOf = (text: string): number => {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= LAST_PORT) return port
  throw new InvalidArgumentError(`give a whole number from 0 to ${LAST_PORT}`)
}

interface Flags {
  readonly port: number
  readonly buildOnly?: true
}

const command = new Command('npm run browser --')
  .description('Build the page that trains in a browser, and serve it to this machine.')
  .option('--port <number>', 'where it is served; 0: any that is free', portOf, 8421)
  .option('--build-only', 'leave the files, for a server of your own')
  .action(async ({ port, buildOnly }: Flags) => {
    if (buildOnly !== true) await requireFree(port)
    await buildPage(defaultFolder)
    console.log(`Built: ${defaultFolder}`)
    if (buildOnly === true) return
    const { address } = await servePage(defaultFolder, port)
    console.log(`Open ${address} (Ctrl-C ends it)`)
  })

followNpm()
try {
  await command.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
