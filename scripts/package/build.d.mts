/** A folder as `npm install` leaves one of hebb, but for declarations and onnxruntime-node. */
export function buildInstalled(folder: string): Promise<void>
