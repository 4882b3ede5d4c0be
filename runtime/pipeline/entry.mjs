// A worker thread starts here: the TypeScript loader is registered per thread.
import { register } from 'tsx/esm/api'

register()
await import('./part.ts')
