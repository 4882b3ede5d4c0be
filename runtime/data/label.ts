/** More classes are no classes but something else, such as what is to be regressed, and would take all memory. */
const MOST_CLASSES = 2 ** 20

/** Whether a number names a class. */
export const isLabel = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < MOST_CLASSES

export const notALabel = `no whole number from 0 to ${MOST_CLASSES - 1}`
