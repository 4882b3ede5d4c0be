/** Reads the page as XML would be read and throws at the first thing that is not well-formed. */
export const checkWellFormed = (page: string): void => {
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)\s*(\/?)>/y
  const open: string[] = []
  let text = page.replace('<!doctype html>', '').replace(/<style>[^<]*<\/style>/g, '')
  while (text.length > 0) {
    const start = text.indexOf('<')
    const between = start < 0 ? text : text.slice(0, start)
    if (/&(?!(amp|lt|gt|quot|#39);)/.test(between)) throw new Error(`stray & in ${between}`)
    if (start < 0) break
    tag.lastIndex = start
    const [whole, closing, name, , alone] = tag.exec(text) ?? []
    if (whole === undefined) throw new Error(`not a tag: ${text.slice(start, start + 60)}`)
    if (closing === '/' && open.pop() !== name) throw new Error(`unexpected ${whole}`)
    if (closing === '' && alone === '' && name !== undefined) open.push(name)
    text = text.slice(start + whole.length)
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`)
}
