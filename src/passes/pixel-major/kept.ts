/**
 * Bytes that a convolution keeps, as it makes them on its way, from its forward pass for its gradients. More are made again
 * where they are needed: the price is a gather and a transform, or two passes over a map, 1 to 4 % of a step, and the
 * most that is alive in a step of backpropagation falls by a third.
 */
const MOST_KEPT = 2 ** 25

export const isKept = (bytes: number): boolean => bytes <= MOST_KEPT
