import { present } from '../../src/base/lists.ts'

/** Where the package is that was built before all tests. */
export const builtPackage = (): string =>
  present(process.env.HEBB_TEST_PACKAGE, 'what test/support/built.ts has built')
