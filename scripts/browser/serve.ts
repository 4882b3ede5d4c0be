import { createReadStream, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'
import type { AddressInfo } from 'node:net'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** With these a browser gives a page memory that its threads share. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const

export const LAST_PORT = 65_535

export interface Served {
  readonly server: Server
  readonly address: string
}

/**
 * Serves the files of a folder, as it is now, to this machine alone.
 *
 * @param port 0: any that is free
 * @param headers of every answer
 * @throws Error where the port is taken
 */
export async function servePage(
  folder: string,
  port: number,
  headers: Readonly<Record<string, string>> = isolation,
): Promise<Served> {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length).replaceAll('\\', '/'), path] as const),
  )
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const path = files.get(pathname === '/' ? '/index.html' : decoded(pathname))
    if (path === undefined) {
      response.writeHead(404, headers).end()
      return
    }
    const type = types[extname(path)] ?? 'application/octet-stream'
    response.writeHead(200, { ...headers, 'content-type': type, 'cache-control': 'no-cache' })
    createReadStream(path).pipe(response)
  })
  await listen(server, port)
  const { port: found } = server.address() as AddressInfo
  return { server, address: `http://localhost:${found}/` }
}

/** @throws Error where the port is taken, before anything is built that somebody else may be serving */
export async function requireFree(port: number): Promise<void> {
  const server = createServer()
  await listen(server, port)
  await new Promise((resolve) => server.close(resolve))
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      reject(error.code === 'EADDRINUSE' ? new Error(taken(port)) : error)
    }
    server.once('error', fail).listen(port, '127.0.0.1', resolve)
  })
}

const taken = (port: number): string =>
  `port ${port} is taken: ${port < LAST_PORT ? `--port ${port + 1}, or ` : ''}--port 0 for any`

/** A path that cannot be decoded is that of no file. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}
