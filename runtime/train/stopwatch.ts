/** Milliseconds spent inside onnxruntime so far. */
export class Stopwatch {
  all = 0
  readonly byGraph = new Map<string, number>()

  async time<Result>(graph: string, run: () => Promise<Result>): Promise<Result> {
    const start = performance.now()
    const result = await run()
    const elapsed = performance.now() - start
    this.all += elapsed
    this.byGraph.set(graph, (this.byGraph.get(graph) ?? 0) + elapsed)
    return result
  }
}
