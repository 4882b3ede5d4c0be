import { local, rule, type Rule } from 'hebb'
import { infoNCE, taught } from './contrast.ts'

const strict = (): Rule<'a' | 'b'> =>
  rule('strict', ({ out }) => infoNCE(out.a.mean(2, 3), out.b.mean(2, 3)), { locality: ['pre', 'post'] })

export default taught('strict', local(strict()))
