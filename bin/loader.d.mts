/** From now on, this thread imports TypeScript, and what it imports finds this very copy of hebb. */
export function registerLoader(): Promise<void>
