import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Every file below some folders: how large, when written, and whether it is still the same one. */
export type Snapshot = ReadonlyMap<string, { readonly size: number; readonly state: string }>

/** @param leftOut names of folders that are not looked into */
export function snapshot(folders: readonly string[], leftOut: readonly string[] = []): Snapshot {
  const found = new Map<string, { size: number; state: string }>()
  const look = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (leftOut.includes(entry.name) && entry.isDirectory()) continue
      const { size, mtimeMs, ino } = lstatSync(path)
      if (entry.isDirectory()) {
        found.set(path, { size: 0, state: 'a folder' })
        look(path)
      } else found.set(path, { size, state: `${size} ${mtimeMs} ${ino}` })
    }
  }
  for (const folder of folders) look(folder)
  return found
}

export interface Changed {
  readonly path: string
  readonly bytes: number
}

/** What was made, changed or removed between two looks. */
export function changes(before: Snapshot, after: Snapshot): Changed[] {
  const made = [...after].filter(([path, { state }]) => before.get(path)?.state !== state)
  const removed = [...before].filter(([path]) => !after.has(path))
  return [...made, ...removed].map(([path, { size }]) => ({ path, bytes: size }))
}
