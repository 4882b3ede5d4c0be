/**
 * onnxruntime-node copies each output into new memory after a run, also those that the run has written where its
 * caller wants them; there is no option to leave that out. It converts outputs in their order, and stops with an error
 * at one that is no tensor. So the graph is given such an output before its own: when that error comes, the run is
 * over and all results are where they are wanted. A version that converts it gives copies, which are only slower.
 */

/** The output that is no tensor: an empty sequence. */
export const FIRST_OUTPUT = 'nothing to copy'

const TENSOR_TYPE = 1
const FLOAT = 1

const field = (number: number, bytes: readonly number[]): number[] => [number * 8 + 2, bytes.length, ...bytes]
const text = (number: number, value: string): number[] => field(number, [...Buffer.from(value)])

// The fields of onnx.proto, each in less than 128 bytes.
const node = [...text(2, FIRST_OUTPUT), ...text(4, 'SequenceEmpty')]
const elementType = field(TENSOR_TYPE, [8, FLOAT])
const type = field(4, field(1, elementType))
const output = [...text(1, FIRST_OUTPUT), ...field(2, type)]
const beforeGraph = Uint8Array.from(field(7, [...field(1, node), ...field(12, output)]))

/** A model that gives `FIRST_OUTPUT` before its own: messages that are written one after another are one. */
export const withoutCopies = (model: Uint8Array): Uint8Array => Buffer.concat([beforeGraph, model])

/** Whether a run ended in its first output, that is with all of them written. */
export const isLeftUncopied = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Non tensor type')
