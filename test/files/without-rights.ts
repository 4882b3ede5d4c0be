const NOBODY = 65534

/** Runs `use` as somebody who has no more rights than others: to root, nothing is forbidden. */
export async function withoutRights(use: () => void | Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return use()
  process.seteuid?.(NOBODY)
  try {
    await use()
  } finally {
    process.seteuid?.(0)
  }
}
