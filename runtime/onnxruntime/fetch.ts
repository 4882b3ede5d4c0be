import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, sep } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { packageFolder } from '../../src/base/package-folder.ts'
import { printable } from '../../src/base/printable.ts'

/** The npm that runs us, or the one that is found. */
function npm(): [command: string, ...words: string[]] {
  const { npm_execpath: path, npm_config_user_agent: agent } = process.env
  if (path !== undefined && agent?.startsWith('npm/') === true) return [process.execPath, path]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/**
 * Where hebb is installed: npm takes the folder in which it is started for the project whose `.npmrc` names a registry, and
 * rights there. A clone is its own project.
 */
function projectFolder(): string {
  const at = packageFolder.indexOf(`${sep}node_modules${sep}`)
  return at < 0 ? packageFolder : packageFolder.slice(0, at + 1)
}

/** Between tries, in milliseconds. npm's own, of up to a minute, are silence for who waits for an error. */
const waits = ['--fetch-retry-mintimeout', '1000', '--fetch-retry-maxtimeout', '5000']

/**
 * Has npm fetch the tarball of a version of onnxruntime-node: it knows the user's registry, proxy, cache and rights.
 *
 * @param folder where the tarball is put
 * @param signal ends it
 * @returns its path
 * @throws UserError ('InstallError') where npm cannot
 */
export async function fetchTarball(version: string, folder: string, signal: AbortSignal): Promise<string> {
  const [command, ...words] = npm()
  const flags = ['--ignore-scripts', '--pack-destination', folder, '--loglevel', 'error', '--json=false']
  const child = spawn(command, [...words, 'pack', `onnxruntime-node@${version}`, ...flags, ...waits], {
    cwd: projectFolder(),
    signal,
    // What npm was asked for itself is not asked of this one.
    env: { ...process.env, npm_config_global: undefined, npm_config_dry_run: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Node.js starts no batch files otherwise; every word here is ours.
    shell: process.platform === 'win32',
  })
  const told: Buffer[] = []
  child.stderr.on('data', (bytes: Buffer) => told.push(bytes))
  const failed = once(child, 'error').then(([error]) => String(error))
  const ended = once(child, 'close').then(([code]) =>
    code === 0 ? undefined : Buffer.concat(told).toString(),
  )
  const failure = await Promise.race([failed, ended])
  if (failure === undefined) return join(folder, `onnxruntime-node-${version}.tgz`)
  throw new UserError('InstallError', `npm could not fetch onnxruntime-node ${version}`, {
    details: failure.trim().split('\n').map(printable),
    help:
      `Without a registry: npm pack onnxruntime-node@${version} on another machine, then here ` +
      `npx hebb install-onnxruntime onnxruntime-node-${version}.tgz`,
  })
}
