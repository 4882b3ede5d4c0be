import { UserError } from '../error.ts'
import { currentOrigin } from '../ir/context.ts'
import { sameShape, showType } from '../ir/type.ts'
import { module, type Module } from './layers.ts'

/**
 * body(x) + shortcut(x), where no shortcut means x itself (He, Zhang, Ren & Sun 2016). Parameters of both belong
 * to the layer around it: `block1.weight`, `block1.weight2`, …
 *
 * @throws UserError ('ShapeError') where the two differ in shape.
 */
export function residual(body: readonly Module[], shortcut: readonly Module[] = []): Module {
  const listed = (modules: readonly Module[]) => modules.map(({ summary }) => summary).join(' ')
  const beside = shortcut.length === 0 ? '' : ` + ${listed(shortcut)}`
  return module(`residual(${listed(body)}${beside})`, (x, scope) => {
    const through = (modules: readonly Module[]) => modules.reduce((y, { apply }) => apply(y, scope), x)
    const [changed, kept] = [through(body), through(shortcut)]
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
