/**
 * An address without the names and passwords in it, as far as those may reach where they are not written as a URL has them.
 *
 * @param mark stands where there were some
 */
export const withoutCredentials = (url: string, mark = ''): string =>
  url.replace(/\/\/((?!\/\/).)*@/gsu, () => `//${mark}`)

/** A password in a URL is told to nobody. */
export const shownUrl = (url: string): string => withoutCredentials(url, '…@')
