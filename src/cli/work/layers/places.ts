import { z } from 'zod'
import type { Place } from '../../../../runtime/hosts/layers/saves.ts'
import type { ChildProcess } from 'node:child_process'

/**
 * Where a group can be gone on from, told by the process that trains it to the one that has the lease: that one alone writes
 * the record.
 */

const place = z.strictObject({
  step: z.int().nonnegative(),
  from: z.int().positive(),
  values: z.strictObject({ sha256: z.string(), bytes: z.int().nonnegative() }),
})
const asked = z.object({ place })
const answer = z.object({ written: z.int() })

/** Waits until the other process has written it. Where the lease is lost, that ends this one. */
export async function askToWrite(wanted: Place): Promise<void> {
  if (!process.send) throw new Error('no process of hebb has started this one')
  const heard = new Promise<void>((resolve) => {
    const hear = (message: unknown) => {
      if (answer.safeParse(message).data?.written !== wanted.step) return
      process.off('message', hear)
      resolve()
    }
    process.on('message', hear)
  })
  process.send({ place: wanted })
  await heard
}

/** Hears it of a child, and answers. @param write rejects where the lease is lost: whoever gave it knows */
export function hearPlaces(child: ChildProcess, write: (place: Place) => Promise<void>): void {
  child.on('message', (message: unknown) => {
    const { data } = asked.safeParse(message)
    if (!data) return
    write(data.place).then(
      () => {
        // It may have ended meanwhile.
        child.send({ written: data.place.step }, () => undefined)
      },
      () => undefined,
    )
  })
}
