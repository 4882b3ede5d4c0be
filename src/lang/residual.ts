import { UserError } from '../base/error.ts'
import { currentOrigin } from '../ir/context.ts'
import { sameShape, showType } from '../base/type.ts'
import { argument, nothingMore } from './check.ts'
import { list } from './kinds.ts'
import { aModule, applyModules, module, type Module } from './module.ts'

/**
 * body(x) + shortcut(x), where no shortcut means x itself (He, Zhang, Ren & Sun 2016). Parameters of both belong
 * to the layer around it: `block1.weight`, `block1.weight2`, …
 *
 * @throws UserError ('ShapeError') where the two differ in shape.
 */
export function residual(
  body: readonly Module[],
  shortcut: readonly Module[] = [],
  ...extra: readonly undefined[]
): Module {
  nothingMore('residual', extra)
  argument('residual', 'body', list(aModule, 'modules', 1), body)
  argument('residual', 'shortcut', list(aModule, 'modules'), shortcut)
  const listed = (modules: readonly Module[]) => modules.map(({ summary }) => summary).join(' ')
  const beside = shortcut.length === 0 ? '' : ` + ${listed(shortcut)}`
  return module(`residual(${listed(body)}${beside})`, (x, scope) => {
    const [changed, kept] = [body, shortcut].map((modules) => applyModules(modules, x, scope))
    if (!changed || !kept) throw new Error('a residual lost a branch')
    if (sameShape(changed.shape, kept.shape)) return changed.add(kept)
    throw new UserError(
      'ShapeError',
      `the residual's body gives ${showType(changed)}, its shortcut ${showType(kept)}`,
      {
        origin: currentOrigin(),
        help: 'let the shortcut change the shape, too: residual([…], [conv(64, { kernel: 1, stride: 2 })])',
      },
    )
  })
}
