import { createRequire, syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { beforeTests } from './before-tests.ts'

/**
 * Threads of the runtime that tests start load the package, as their commands do: a thread of a clone translates the same
 * sources first, which is three quarters of what it takes to start one.
 */

const runtime = fileURLToPath(new URL('../../runtime/', import.meta.url))

/** The module of the package, where it is one of the clone's runtime; any other stays what it is. */
function ofPackage(module: URL): URL {
  const path = fileURLToPath(module)
  if (!path.startsWith(runtime)) return module
  const inPackage = path.slice(runtime.length).replace(/\.ts$/, '.js')
  return pathToFileURL(join(beforeTests().hebb, 'dist/runtime', inPackage))
}

type Threads = Pick<typeof import('node:worker_threads'), 'Worker'>
const threads = createRequire(import.meta.url)('node:worker_threads') as Threads
const { Worker: Thread } = threads

class ThreadOfPackage extends Thread {
  constructor(...[module, options]: ConstructorParameters<typeof Worker>) {
    const data = options?.workerData as { readonly module?: unknown } | undefined
    if (!(module instanceof URL) || typeof data?.module !== 'string') super(module, options)
    else {
      const asked = { ...data, module: ofPackage(new URL(data.module)).href }
      super(ofPackage(module), { ...options, workerData: asked })
    }
  }
}

// Once a process, which may have the tests of several files; tests of a user's rules have no package.
if (process.env.HEBB_TESTS !== undefined && Thread.name !== ThreadOfPackage.name) {
  threads.Worker = ThreadOfPackage
  syncBuiltinESMExports()
}
