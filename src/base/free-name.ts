/** The name that is wanted or, where it is taken, the first of `name_2`, `name_3`, … that is not. */
export function freeName(wanted: string, isTaken: (name: string) => boolean, separator = '_'): string {
  let name = wanted
  for (let count = 2; isTaken(name); count++) name = `${wanted}${separator}${count}`
  return name
}
