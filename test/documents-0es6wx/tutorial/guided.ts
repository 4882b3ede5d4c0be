import { local, rule, type Rule } from 'hebb'
import { infoNCE, taught } from './contrast.ts'

export const guided = (): Rule<'a' | 'b'> =>
  rule('guided', ({ out, top, parameter }) => {
    const [activity, key] = [out.a.mean(2, 3), top.b.mean(2, 3)]
    const projection = parameter('projection', [key.size(1), activity.size(1)])
    return infoNCE(activity.matmul(projection, { transposeB: true }), key)
  })

export default taught('guided', local(guided()))
