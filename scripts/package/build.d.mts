/** A folder as `npm install` leaves one, but for declarations and onnxruntime-node. */
export function buildInstalled(folder: string): Promise<void>
/** Of that: what is written without libraries, in a second. */
export function buildDocuments(folder: string): void
