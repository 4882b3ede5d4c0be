import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** Puts something at a path that is no regular file; the error that reading it gives. */
export interface NoFile {
  readonly what: string
  readonly make: (path: string) => void | Promise<void>
  readonly told: string
}

/** Listens until the test ends. */
const socket = async (path: string): Promise<void> => {
  const server = createServer()
  onTestFinished(() => {
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
}

const link = (target: string) => (path: string) => {
  symlinkSync(target, path)
}

export const noFiles: readonly NoFile[] = [
  { what: 'nothing', make: () => undefined, told: 'no such file or folder' },
  {
    what: 'a folder',
    make: (path) => {
      mkdirSync(path)
    },
    told: 'it is a folder, not a file',
  },
  {
    what: 'a named pipe',
    make: (path) => {
      execFileSync('mkfifo', [path])
    },
    told: 'it is a pipe, not a file',
  },
  { what: 'a socket', make: socket, told: 'it is a socket, not a file' },
  { what: 'a link to a device that never ends', make: link('/dev/zero'), told: 'it is a device, not a file' },
  { what: 'a link to a full device', make: link('/dev/full'), told: 'it is a device, not a file' },
  { what: 'a link to nowhere', make: link('nowhere'), told: 'it is a link that leads nowhere (' },
  {
    what: 'a link to itself',
    make: (path) => {
      symlinkSync(path, path)
    },
    told: 'its links lead in a circle',
  },
]
