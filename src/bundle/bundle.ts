import type { Manifest } from './manifest.ts'

/** A compiled program: its manifest and its graphs by file name. */
export interface Bundle {
  readonly manifest: Manifest
  readonly files: ReadonlyMap<string, Uint8Array>
}
