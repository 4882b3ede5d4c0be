const NOBODY = 65534

/** Runs `use` as somebody who has no more rights than others: to root, nothing is forbidden. */
export function withoutRights(use: () => void): void {
  if (process.geteuid?.() !== 0) {
    use()
    return
  }
  process.seteuid?.(NOBODY)
  try {
    use()
  } finally {
    process.seteuid?.(0)
  }
}
