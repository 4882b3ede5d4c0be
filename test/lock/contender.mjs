// One of several processes that want a lock at the same moment; see lock.test.ts.
import { join } from 'node:path'
import { register } from 'tsx/esm/api'

register()
const { takeLock } = await import('../../src/base/lock.ts')
const { makeFolder } = await import('../../src/base/make-folder.ts')

// Listens on, and so lives until it is killed.
process.on('message', () => {
  const [folder] = process.argv.slice(2)
  makeFolder(folder)
  try {
    takeLock(join(folder, 'lock'))
    process.send('taken')
  } catch (error) {
    process.send(error.constructor.name === 'LockHeld' ? 'held' : String(error))
  }
})
// A listener keeps the process, which is to be killed.
process.on('message', () => undefined)
process.send('ready')
