import { afterCut, beforeCut, pipeline, type Pass, type PassState, type Setting } from './pipeline.ts'
import { nothingHandedOn, type HandedOn } from './pixel-major/lying.ts'
import { TRACED, type Made } from './request.ts'
import { isVerified, verifyGraphs } from './verify-state.ts'
import type { GraphSource } from '../ir/graph.ts'

const isFor = ({ target, inOne }: Pass, { request, ...crossing }: Setting): boolean =>
  (target === undefined || target === request.target) && (inOne === undefined || crossing.inOne)

/**
 * Takes a graph through all passes that are for it.
 *
 * @param handed activities that earlier graphs hand on in pixel-major layout, and which of them as they lie
 */
export const lowered = (source: GraphSource, handed: HandedOn, setting: Setting): PassState =>
  through(pipeline, source, setting, { handed, made: TRACED })

/** Takes a graph of shards through those before it is cut. @param handed as of `lowered` */
export const loweredBeforeCut = (
  source: GraphSource,
  handed: HandedOn,
  setting: Setting,
  made: Made,
): PassState => through(beforeCut, source, setting, { handed, made })

/** Takes the graph of a stage through the others. */
export const loweredAfterCut = (source: GraphSource, setting: Setting, made: Made): PassState =>
  through(afterCut, source, setting, { handed: nothingHandedOn, made })

function through(
  passes: readonly Pass[],
  source: GraphSource,
  setting: Setting,
  { handed, made }: { readonly handed: HandedOn; readonly made: Made },
): PassState {
  const { observe } = setting.request
  const { name: graph } = source
  const start: PassState = { ...handed, source, updates: [], before: undefined, choices: [], written: [] }
  observe?.({ ...made, graph, source, updates: [] })
  return passes
    .filter((pass) => isFor(pass, setting))
    .reduce((state, { name, run }) => {
      const began = performance.now()
      const next = run(state, setting)
      observe?.({
        pass: name,
        graph,
        source: next.source,
        updates: next.updates.map((update) => update.source),
        milliseconds: performance.now() - began,
      })
      if (isVerified) verifyGraphs(name, [next.source, ...next.updates.map(({ source }) => source)])
      return next
    }, start)
}
