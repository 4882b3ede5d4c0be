/** A folder as `npm install` leaves one of hebb, but for declarations. */
export function buildInstalled(folder: string): void
