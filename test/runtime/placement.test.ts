import { describe, expect, test } from 'vitest'
import { copyingNodes, nodesOffCuda } from '../../runtime/session/placement-log.ts'

/** What onnxruntime 1.29 wrote of graphs on the CUDA provider. */

const at = '2026-11-24 08:17:50 [V:onnxruntime:, session_state.cc:1381 VerifyEachNodeIsAssignedToAnEp]'

describe('the log of a session', () => {
  test('says when all nodes are on CUDA', () => {
    const log = `${at} Node placements\n${at}  All nodes placed on [CUDAExecutionProvider]. Number of nodes: 151\n`
    expect(nodesOffCuda(log)).toEqual([])
  })

  test('names those that are on the CPU, without the copies between the two', () => {
    const log = [
      `${at}  Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 2`,
      `${at}   Add (a)`,
      `${at}   MemcpyFromHost (Memcpy)`,
      `${at}  Node(s) placed on [CPUExecutionProvider]. Number of nodes: 3`,
      `${at}   MaxUnpool (b)`,
      `${at}   Tan (c)`,
      `${at}   MaxUnpool (d)`,
    ].join('\n')
    expect(nodesOffCuda(log)).toEqual(['MaxUnpool ×2', 'Tan ×1'])
    expect(copyingNodes(log)).toBe(1)
  })

  test('may say nothing', () => {
    expect(nodesOffCuda('no CUDA device')).toBeUndefined()
  })
})
