import { bytes, count, plural } from './units.ts'
import { elements } from '../base/type.ts'
import { printable } from '../base/printable.ts'
import { showValues } from '../lang/options/values.ts'
import { makesViews } from '../bundle/makes-views.ts'
import { sectionsOf } from '../bundle/sections.ts'
import { table } from './table.ts'
import { loggedIn } from '../../runtime/train/logs.ts'
import type { Graph } from '../bundle/schema/graph.ts'
import type { Manifest } from '../bundle/manifest.ts'
import type { Parameter } from '../bundle/schema/values.ts'

/** A bundle in words and tables, for `compile` and `inspect`. */

const total = (parameters: readonly Parameter[]): number =>
  parameters.reduce((sum, { shape }) => sum + elements(shape), 0)

/** All graphs of a bundle, by what they are for. */
export function graphsByPurpose(manifest: Manifest): { purpose: string; graphs: readonly Graph[] }[] {
  const all = sectionsOf(manifest)
  return [...new Set(all.map(({ name }) => name))].map((purpose) => ({
    purpose,
    graphs: all.flatMap(({ name, section }) => (name === purpose ? section.graphs : [])),
  }))
}

/** `tiny: clapp, local credit, 2 layers, float32, 4 training graphs`. */
function headline({ program, train, sharded }: Manifest): string {
  const { name, rule, credit, layers, dtype, precision, fused } = program
  const fusedFrom = makesViews(train) ? 'fused, from images' : 'fused'
  const graphs = fused ? fusedFrom : plural(train.graphs.length, 'training graph')
  const numbers = precision === undefined ? dtype : `${dtype} with products in float16`
  const dealt = sharded?.shards === undefined ? '' : `, and ${plural(sharded.shards, 'shard')}`
  const made = `${plural(layers.length, 'layer')}, ${numbers}, ${graphs}${dealt}`
  return printable(`${name}: ${rule}, ${credit} credit, ${made}`)
}

/** The headline and, where the program has options, those that were in force: `Options: lr 0.0002, rule clapp`. */
export function headings(manifest: Manifest): string {
  const { options } = manifest.program
  return [headline(manifest), ...(options ? [printable(`Options: ${showValues(options)}`)] : [])].join('\n\n')
}

/** Which of the encoder's parameters no update ever moves, beside those that are frozen; undefined where all learn. */
export function untaughtParameters({ program, encode, locality }: Manifest): string | undefined {
  const taught = new Set(locality.map(({ parameter }) => parameter))
  const frozen = new Set(program.layers.flatMap((layer) => (layer.frozen ? [layer.name] : [])))
  const names = encode.parameters.flatMap(({ name, layer }) =>
    taught.has(name) || frozen.has(layer) ? [] : [name],
  )
  if (names.length === 0) return undefined
  const listed = [...names.slice(0, 6), ...(names.length > 6 ? [`and ${names.length - 6} more`] : [])].join(
    ', ',
  )
  const all = `'${program.rule}' with ${program.credit} credit teaches all but ${listed}`
  return printable(`${all}: ${names.length === 1 ? 'it keeps its start' : 'they keep their start'}.`)
}

/** What a layer reads: ` ← conv1 + conv2`; empty of the layer before it. */
const readsOf = ({ from, join = 'concat' }: Manifest['program']['layers'][number]): string =>
  from === undefined ? '' : ` ← ${from.join(join === 'add' ? ' + ' : ', ')}`

/** Each layer with the size of its activity and its parameters: the encoder's own, and the rule's. */
export function layerTable({ program, train, encode }: Manifest): string {
  const own = new Set(encode.parameters.map(({ name }) => name))
  const rows = program.layers.map((described) => {
    const { name, summary, shape, frozen = false } = described
    const ofLayer = ({ layer }: Parameter) => layer === name
    const encoder = total(encode.parameters.filter(ofLayer))
    const rule = total(train.parameters.filter((each) => ofLayer(each) && !own.has(each.name)))
    const modules = `${summary}${readsOf(described)}${frozen ? ' (frozen)' : ''}`
    return [name, modules, shape.join('×'), count(encoder), count(rule)]
  })
  const encoder = total(encode.parameters)
  const rules = total(train.parameters.filter(({ name }) => !own.has(name)))
  const sum = ['', '', '', count(encoder), count(rules)]
  return table(['layer', 'modules', 'activity', 'parameters', 'of the rule'], [...rows, sum], 'llrrr')
}

/** What rules log beside their losses; undefined where they log nothing. */
export function logTable({ train, program }: Pick<Manifest, 'train' | 'program'>): string | undefined {
  const logged = loggedIn(train)
  const rows = program.layers.flatMap(({ name: layer }) => {
    const names = logged.flatMap((each) => (each.layer === layer ? [each.name] : []))
    return names.length === 0 ? [] : [[layer, names.join(', ')]]
  })
  return rows.length === 0 ? undefined : table(['layer', 'logged beside its loss'], rows, 'll')
}

/** Cost of one run of each graph; probes are left out unless asked for. */
export function graphTable(groups: readonly { purpose: string; graphs: readonly Graph[] }[]): string {
  const rows = groups.flatMap(({ purpose, graphs }) =>
    graphs.map(({ name, inputs, outputs, cost, blocks = 1 }) => [
      purpose,
      blocks === 1 ? name : `${name} (${blocks} blocks)`,
      inputs.length,
      outputs.length,
      cost.nodes,
      count(blocks * cost.flops),
      bytes(cost.parameterBytes),
      bytes(cost.activationBytes),
    ]),
  )
  const header = ['for', 'graph', 'inputs', 'outputs', 'nodes', 'FLOPs', 'weights', 'activations']
  return table(header, rows, 'llrrrrrr')
}

/** The graphs in the order in which a step runs them, and the activities dropped after each. */
export const scheduleTable = ({ train }: Manifest): string =>
  table(
    ['run', 'graph', 'activities not needed after it'],
    train.schedule.map(({ graph, drop }, i) => [i + 1, graph, drop.join(', ')]),
    'rll',
  )

const initText = ({ init }: Parameter): string => {
  const { kind, ...settings } = init
  const short = Object.entries(settings).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
  return [kind, ...short].join(' ')
}

export const parameterTable = ({ train }: Manifest): string =>
  table(
    ['parameter', 'layer', 'type', 'shape', 'numbers', 'starts as'],
    train.parameters.map((parameter) => {
      const { name, layer, type, shape } = parameter
      return [name, layer, type, shape.join('×') || 'scalar', count(elements(shape)), initText(parameter)]
    }),
    'lllrrl',
  )
