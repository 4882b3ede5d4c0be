import type { z } from 'zod'

type Parts<Key, Item> = Iterable<readonly [Key, Item]>

/**
 * Those that are as they should be, up to the first that is not: that one is told, with its place. Of a list of a million
 * holes, zod itself makes a million messages.
 */
export function* upToWrong<Key extends PropertyKey, T>(
  item: z.ZodType<T>,
  parts: Parts<Key, unknown>,
  context: z.RefinementCtx,
): Generator<readonly [Key, T]> {
  for (const [place, value] of parts) {
    const result = item.safeParse(value)
    if (!result.success) {
      const [issue] = result.error.issues
      const { path = [], message = 'is something else' } = issue ?? {}
      context.addIssue({ code: 'custom', path: [place, ...path], message })
      return
    }
    yield [place, result.data]
  }
}
