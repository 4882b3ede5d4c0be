/** What files of weights often are that are not safetensors, by their first bytes. */
const signatures: readonly (readonly [what: string, matches: (start: Uint8Array) => boolean])[] = [
  ['a zip, as torch.save writes (.pt, .pth)', begins(0x50, 0x4b)],
  // The protocol of pickle, 2 to 5.
  ['a pickle of Python, as torch.save once wrote', ([a, b = 0]) => a === 0x80 && b >= 2 && b <= 5],
  ['a file of HDF5, as Keras writes', begins(0x89, 0x48, 0x44, 0x46)],
  ['an array of NumPy', begins(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)],
]

function begins(...bytes: readonly number[]): (start: Uint8Array) => boolean {
  return (start) => bytes.every((byte, i) => start[i] === byte)
}

/** What the file is, of the kinds that people have weights in; undefined: it could be anything. */
export const formatOf = (start: Uint8Array): string | undefined =>
  signatures.find(([, matches]) => matches(start))?.[0]

/** How PyTorch writes what is read here. */
export const saveAsSafetensors =
  "In Python, with `import safetensors.torch`: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')"
