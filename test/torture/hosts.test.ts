import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sweepJob } from '../../bench/hosts/jobs.ts'
import { lacksNamespaces } from '../../bench/hosts/namespaces.ts'
import { runTry } from '../../bench/hosts/stage.ts'
import { cuts, kills } from '../../bench/hosts/tries/workers.ts'
import { writeImages } from '../../bench/torture/images.ts'
import { stream } from '../../runtime/values/random.ts'
import { newFolder } from '../cli/run-hebb.ts'

/** Hosts of network namespaces: `npx tsx bench/hosts/torture.ts` is the same at length. */

const lacking = lacksNamespaces()
if (lacking !== undefined) console.warn(`hosts that are killed and cut off are not tested: ${lacking}`)

test.skipIf(lacking !== undefined)(
  'a sweep on hosts of which one is killed, or cut off for longer than the lease, is done once and to the same bits',
  async () => {
    const folder = newFolder()
    const images = join(folder, 'images')
    await writeImages(images)
    const job = await sweepJob({ folder, images, runs: 2, steps: 200 })
    for (const each of [kills('sweep', 1, 2), cuts('sweep', 3, 1)]) {
      const random = stream(0, `hosts: ${each.name}`, 0)
      const place = {
        folder: join(folder, each.name.replaceAll(' ', '-')),
        images,
        random,
        lease: 3,
        seconds: 240,
      }
      expect((await runTry(each, job, place)).violations).toEqual([])
    }
  },
  600_000,
)
