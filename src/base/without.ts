/** An object without these keys. */
export const without = <T extends object, Key extends keyof T & string>(
  from: T,
  ...keys: readonly Key[]
): Omit<T, Key> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !keys.some((key) => key === name))) as Omit<
    T,
    Key
  >
