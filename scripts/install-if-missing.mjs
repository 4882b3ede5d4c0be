// Installs the dependencies where they are missing or older than the lock file, so that
// `npm test`, `npm run demo` and `npm pack` work straight after `git clone`.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = `${root}node_modules/.package-lock.json`
const wanted = `${root}package-lock.json`

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  console.log('installing dependencies (npm ci) …')
  // Below `npm pack --dry-run`, npm would only say what it would install.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--no-dry-run'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error('npm ci failed: mend what it says above and run the same command again.')
    process.exit(1)
  }
}
