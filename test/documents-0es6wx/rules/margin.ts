import { check, rule } from 'hebb'

/** Views of an image agree, up to a margin. */
export function agreement(options: { readonly margin?: number } = {}) {
  const { margin } = check.withDefaults('agreement', { margin: 1 }, options)
  return rule<'a' | 'b'>('agreement', ({ out }) => out.a.sub(out.b).square().sub(margin).relu().mean())
}
