import { plural } from '../units.ts'

/** Which runs failed, and why: once of those that failed alike. */
export function failureText(failures: ReadonlyMap<string, string>): string {
  const alike = new Map<string, string[]>()
  for (const [name, why] of failures) {
    const others = alike.get(why)
    if (others) others.push(name)
    else alike.set(why, [name])
  }
  const told = [...alike].map(([why, names]) => `${names.join(', ')}: ${why.replaceAll('\n', '\n  ')}`)
  return [`${plural(failures.size, 'run')} failed:`, ...told].join('\n')
}
