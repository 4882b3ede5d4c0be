// A worker thread starts here: the TypeScript loader is registered per thread.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.module)
