import { freeName } from '../base/free-name.ts'

/**
 * `conv1.weight`, and `conv1.weight2` where a layer has a second value of this name, of whatever kind; another number
 * where somebody has asked for a `weight2` already.
 */
export function numbered(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    const name = freeName(wanted, (each) => taken.has(each), '')
    taken.add(name)
    return name
  }
}
