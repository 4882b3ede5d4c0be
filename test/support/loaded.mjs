// Writes down which modules a process of Node.js loads: NODE_OPTIONS=--import=…/loaded.mjs, LOADED_MODULES=FILE.
import { register } from 'node:module'

register('./loaded-hooks.mjs', import.meta.url)
