/** An element of the page by its id. @throws Error where there is none of this kind */
export function element<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} '${id}'`)
}
