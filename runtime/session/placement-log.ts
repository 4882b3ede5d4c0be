/**
 * Reads in onnxruntime's verbose log on which provider the nodes of a session were placed.
 *
 * @returns the operators that are not on CUDA, `MaxUnpool ×2`, none where all are; undefined where the log does not say
 */
export function nodesOffCuda(log: string): string[] | undefined {
  const counts = new Map<string, number>()
  let [provider, seen] = ['', false]
  for (const line of log.split('\n')) {
    const [, placed] = /(?:All nodes|Node\(s\)) placed on \[(\w+)\]/.exec(line) ?? []
    if (placed !== undefined) [provider, seen] = [placed, true]
    const [, operator = ''] = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/.exec(line) ?? []
    if (operator === '' || provider !== 'CPUExecutionProvider' || operator.startsWith('Memcpy')) continue
    counts.set(operator, (counts.get(operator) ?? 0) + 1)
  }
  return seen ? [...counts].map(([operator, count]) => `${operator} ×${count}`) : undefined
}

/** How many nodes onnxruntime has put into a session's graphs that copy between host and device. */
export const copyingNodes = (log: string): number =>
  [...log.matchAll(/VerifyEachNodeIsAssignedToAnEp\]\s+Memcpy(?:From|To)Host \(/g)].length
