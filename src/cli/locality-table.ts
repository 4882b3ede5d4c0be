import { layersOf, signalKinds, signalNames, type Signal, type SignalKind } from '../bundle/signals.ts'
import { found } from '../base/lists.ts'
import { table } from './table.ts'
import type { Manifest } from '../bundle/manifest.ts'

/** What updates read, as text: of one program in full, of several side by side. */

type Group = (typeof signalKinds)[SignalKind]['group']

/** For every layer that learns, its parameters and the signals that their updates are computed from; or that it is frozen. */
export function localityTable({ locality, program }: Manifest): string {
  const sources = new Map(program.layers.map(({ name, from }) => [name, from]))
  const learning = locality.map(({ parameter, layer, reads }) => {
    const from = sources.get(layer)
    const short = (wanted: Group) =>
      reads.flatMap(({ kind }) => (signalKinds[kind].group === wanted ? [signalKinds[kind].short] : []))
    const top = namesOf(program, reads, 'top').map((name) => `${name} (top)`)
    const activity = [...namesOf(program, reads, 'layers'), ...top]
    const weights = namesOf(program, reads, 'transport')
    const others = [
      ...(activity.length > 0 ? [`activity of ${activity.join(' ')}`] : []),
      ...(weights.length > 0 ? [`weights of ${weights.join(' ')}`] : []),
    ]
    const own = short('own').map((signal) =>
      from && signal === signalKinds.pre.short ? `${signal} (${from.join(' ')})` : signal,
    )
    const cells = [own, short('batch'), others, short('shared')]
    return [layer, parameter, ...cells.map((cell) => cell.join(', ') || '–')]
  })
  const rows = withFrozen(program, learning).map(([layer = '', ...cells], i, all) => [
    all[i - 1]?.[0] === layer ? '' : layer,
    ...cells,
  ])
  const header = ['layer', 'parameter', 'of its own', 'of the batch', 'of other layers', 'shared and given']
  return table(header, rows, 'llllll')
}

/** Rows that begin with a layer's name, with one more for each layer that is frozen, where it stands. */
function withFrozen({ layers }: Manifest['program'], rows: readonly string[][]): readonly string[][] {
  const place = new Map(layers.map(({ name }, i) => [name, i]))
  const isBelow = ([layer = '']: readonly string[], other: number) => found(place, layer, layer) < other
  return layers.reduce<readonly string[][]>((all, { name, frozen = false }, i) => {
    if (!frozen) return all
    const own = [name, 'frozen', '–', '–', '–', '–']
    const at = all.findLastIndex((row) => isBelow(row, i)) + 1
    return [...all.slice(0, at), own, ...all.slice(at)]
  }, rows)
}

/** The signals that the weights of several encoders are taught by; a column for each program. */
export function comparisonTable(manifests: readonly Manifest[]): string {
  const columns = manifests.map(({ locality, encode, program }) => {
    const weights = new Set(encode.parameters.map(({ name }) => name))
    const reads = locality.flatMap(({ parameter, reads }) => (weights.has(parameter) ? reads : []))
    return (kind: SignalKind): string => {
      const layers = namesOf(program, reads, kind)
      return layers.join(' ') || (reads.some((signal) => signal.kind === kind) ? 'yes' : '–')
    }
  })
  const rows = signalNames.map((kind) => [signalKinds[kind].words, ...columns.map((cell) => cell(kind))])
  const header = ['an update reads', ...manifests.map(({ program }) => program.name)]
  return table(header, rows, 'l'.repeat(header.length))
}

/** Whose signals of a kind are read, from the input up; neighbours as a range, `conv2–conv6`. */
function namesOf({ layers }: Manifest['program'], reads: readonly Signal[], kind: SignalKind): string[] {
  const order = layers.map(({ name }) => name)
  const wanted = new Set(reads.flatMap((signal) => (signal.kind === kind ? layersOf(signal, order) : [])))
  const runs: string[][] = []
  layers.forEach(({ name }, i) => {
    if (!wanted.has(name)) return
    const before = layers[i - 1]
    if (before && wanted.has(before.name)) runs.at(-1)?.push(name)
    else runs.push([name])
  })
  return runs.flatMap((run) => (run.length > 2 ? [`${run[0] ?? ''}–${run.at(-1) ?? ''}`] : run))
}
