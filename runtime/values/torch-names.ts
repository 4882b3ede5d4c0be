import { UserError } from '../../src/base/error.ts'
import { at, found } from '../../src/base/lists.ts'

/** The names that an encoder's parameters and statistics have in PyTorch: see docs/export.md. */

/** A value of an encoder; parameters come in the order in which the modules of a layer ask for them. */
export interface Named {
  readonly name: string
  readonly layer: string
}

/** `weight2` is the second of its kind in a layer. */
const numberedName = /^(weight|bias|scale|shift|running_mean|running_var)(\d*)$/

interface Part {
  readonly kind: string
  /** From 1; 0 of what is no module's of ours. */
  readonly number: number
}

function partOf({ name, layer }: Named): Part {
  const [, kind = '', digits = ''] = numberedName.exec(name.slice(layer.length + 1)) ?? []
  return kind === '' ? { kind, number: 0 } : { kind, number: digits === '' ? 1 : Number(digits) }
}

const suffix = (number: number): string => (number === 1 ? '' : String(number))
/** The k-th convolution or linear module of a layer. */
const connection = (layer: string, number: number): string =>
  number === 1 ? layer : `${layer}_${String(number)}`
/** The k-th normalisation of a layer. */
const norm = (layer: string, number: number): string => `${layer}_norm${suffix(number)}`

/** What a normalisation of ours keeps, and what PyTorch's calls it. */
const inTorch = new Map([
  ['scale', 'weight'],
  ['shift', 'bias'],
  ['running_mean', 'running_mean'],
  ['running_var', 'running_var'],
])

/**
 * PyTorch's name for each parameter and state of an encoder, as `conv1.weight`, `conv1_norm.running_mean`.
 *
 * @throws UserError ('ExportError') where a layer has several normalisations, and only some of them statistics or a scale:
 *   which belong together is not told by names
 */
export function torchNames(
  parameters: readonly Named[],
  states: readonly Named[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const [place, each] of parameters.entries()) {
    const { kind, number } = partOf(each)
    const { layer } = each
    if (kind === 'weight') names.set(each.name, `${connection(layer, number)}.weight`)
    else if (kind === 'bias') names.set(each.name, `${ownerOfBias(parameters, place)}.bias`)
    else if (kind === '') names.set(each.name, each.name)
    else names.set(each.name, `${norm(layer, number)}.${found(inTorch, kind, kind)}`)
  }
  for (const each of states) {
    const { kind, number } = partOf(each)
    names.set(
      each.name,
      kind === '' ? each.name : `${norm(each.layer, number)}.${found(inTorch, kind, kind)}`,
    )
  }
  requireMatched(parameters, states)
  requireDistinct(names)
  return names
}

/** A bias comes right after the weight that it belongs to; of two weights the first may have none. */
function ownerOfBias(parameters: readonly Named[], place: number): string {
  const { name, layer } = at(parameters, place)
  const before = place === 0 ? undefined : at(parameters, place - 1)
  const part = before && partOf(before)
  if (before?.layer !== layer || part?.kind !== 'weight') throw new Error(`'${name}' follows no weight`)
  return connection(layer, part.number)
}

function requireMatched(parameters: readonly Named[], states: readonly Named[]): void {
  const count = (list: readonly Named[], layer: string, kind: string) =>
    list.filter((each) => each.layer === layer && partOf(each).kind === kind).length
  for (const layer of new Set(states.map((each) => each.layer))) {
    const [scales, means] = [count(parameters, layer, 'scale'), count(states, layer, 'running_mean')]
    if (scales === 0 || means === 0 || scales === means) continue
    throw new UserError(
      'ExportError',
      `layer '${layer}' has ${scales} scales and ${means} running means, and their names do not tell which go together`,
      { help: 'Put batch norms without a scale, or beside layer norms, into layers of their own.' },
    )
  }
}

function requireDistinct(names: ReadonlyMap<string, string>): void {
  const owners = new Map<string, string>()
  for (const [own, torch] of names) {
    const other = owners.get(torch)
    if (other !== undefined)
      throw new UserError(
        'ExportError',
        `'${other}' and '${own}' would both be called '${torch}' in PyTorch`,
        {
          help: 'Rename one of the two layers.',
        },
      )
    owners.set(torch, own)
  }
}

/** What a batch norm of PyTorch counts beside its statistics. */
export const batchCounts = (torch: Iterable<string>): string[] =>
  [...torch].flatMap((name) =>
    name.endsWith('.running_mean') ? name.replace(/running_mean$/, 'num_batches_tracked') : [],
  )
