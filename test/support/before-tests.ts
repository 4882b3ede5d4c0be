import { join } from 'node:path'
import { present } from '../../src/base/lists.ts'

/** What is made before all tests, in a folder that only they write to. */
export const beforeTests = (
  folder = present(process.env.HEBB_TESTS, 'the folder of test/support/built.ts'),
) => ({
  /** The package. */
  hebb: join(folder, 'hebb'),
  translations: join(folder, 'translations'),
})

/**
 * Variables with which commands keep what their loader has translated, for a quicker start: in a temporary folder of the
 * tests' own, since the loader trusts what it finds there.
 */
export const keepingTranslations = (): Readonly<Record<string, string>> => ({
  ...{ HEBB_TRUSTS_TEMPORARY_FOLDER: '1', TMPDIR: beforeTests().translations },
})
