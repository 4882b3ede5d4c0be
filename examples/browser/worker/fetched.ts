/** The bytes of a file beside the page; unpacked where they are gzip, unless whoever served them has done so. */
export async function fetched(path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(path, self.location.href))
  if (!response.ok) throw new Error(`${path} is missing: ${response.status} ${response.statusText}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
