import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { findData, openSplit } from '../runtime/data/open.ts'
import { parseFlags } from '../src/cli/flags.ts'
import { size } from '../src/cli/data/size.ts'
import { reportFailure } from '../src/cli/failure.ts'
import { otherLoad } from './load.ts'

/** How fast images are prepared: `npx tsx bench/images.ts FOLDER`, into a cache of its own that is removed. */

const flagSchema = z.object({ size: size.optional() })

const command = new Command('npx tsx bench/images.ts')
  .description(
    'Prepare a data set of images without a cache and with it, and say how many images a second that is.',
  )
  .argument('<path>', 'a folder of images, or an archive')
  .option('--size <size>', 'decode them to this size, such as 96 (default: their own)')
  .action(async (path: string, _options: unknown, command: Command) => {
    const { size: wanted } = parseFlags(command, flagSchema)
    const cache = mkdtempSync(join(tmpdir(), 'hebb-bench-'))
    process.env.HEBB_CACHE = cache
    try {
      console.log(`load of others: ${Math.round(100 * (await otherLoad()))} %`)
      for (const turn of ['first', 'again']) {
        let count = 0
        const [begin, before] = [performance.now(), process.cpuUsage()]
        const source = await findData(path)
        for (const split of source.splits) count += (await openSplit(source, split, { wanted })).count
        const seconds = (performance.now() - begin) / 1000
        const { user, system } = process.cpuUsage(before)
        console.log(
          `${turn}: ${count} images in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} images/s ` +
            `(${((user + system) / 1e6).toFixed(1)} s of CPU time), ` +
            `largest resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
        )
      }
    } finally {
      rmSync(cache, { recursive: true })
    }
  })

await command.parseAsync().catch((error: unknown) => {
  process.exitCode = reportFailure(error)
})
