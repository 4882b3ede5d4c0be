import { files } from './files.ts'
import { numbers } from './numbers.ts'

/** Where they are kept, beside the specification that they are of. */
export const vectorsFolder = new URL('../../docs/vectors/', import.meta.url)

/** A line of JSON for every example, so that a change of one shows as a change of one. */
const textOf = (examples: Readonly<Record<string, unknown>>): string => {
  const parts = Object.entries(examples).map(([name, value]) => {
    const isList = Array.isArray(value)
    const entries = isList
      ? value.map((each: unknown) => JSON.stringify(each))
      : Object.entries(value as object).map(
          ([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`,
        )
    const [open, close] = isList ? '[]' : '{}'
    return `  ${JSON.stringify(name)}: ${open}\n${entries.map((each) => `    ${each}`).join(',\n')}\n  ${close}`
  })
  return `{\n${parts.join(',\n')}\n}\n`
}

/** The files of test vectors by their names, as our sources make them. */
export const vectors = async (): Promise<Readonly<Record<string, string>>> => ({
  'numbers.json': textOf(numbers()),
  'files.json': textOf(await files()),
})
