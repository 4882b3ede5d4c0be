import { describe, expect, test } from 'vitest'
import { shortened } from '../../runtime/session/session-error.ts'

describe('what onnxruntime says is told', () => {
  test.each([
    ['as it is', 'Failed to load model because protobuf parsing failed.', undefined],
    [
      'without the place in its sources',
      '/onnxruntime_src/onnxruntime/core/graph/model.cc:191 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::logging::Logger&) Missing opset in the model.',
      'Missing opset in the model.',
    ],
    [
      'without the status around it',
      "Non-zero status code returned while running Gather node. Name:'conv1/gather' Status Message: indices element out of data bounds, idx=4700",
      'Gather conv1/gather: indices element out of data bounds, idx=4700',
    ],
    [
      'without either',
      "Non-zero status code returned while running Reshape node. Name:'r' Status Message: /src/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, bool) input_shape_size == size was false.",
      'Reshape r: input_shape_size == size was false.',
    ],
    [
      'in one line that moves no cursor',
      "Node input 'c\u001b[2J\u0000\n\ufffdx' is not a graph input",
      "Node input 'c [2J x' is not a graph input",
    ],
  ])('%s', (_, message, told) => {
    expect(shortened(message)).toBe(told ?? message)
  })

  test('up to a length', () => {
    expect(shortened('x'.repeat(1000))).toHaveLength(301)
  })
})
