import { compile, type Program } from 'hebb'
import * as rules from 'hebb/rules'
import { plusPlus } from 'hebb/rules/recipes/fashion-mnist'
import { loadBundle, train, type TrainSummary } from 'hebb/runtime'
import * as testing from 'hebb/testing'

export const bundle = compile(plusPlus satisfies Program)
export const again = loadBundle('bundle')
export const run = (): Promise<TrainSummary> => train({ bundle: 'bundle', data: 'images', out: 'run' })
export { rules, testing }
