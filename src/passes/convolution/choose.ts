import {
  algorithms,
  directions,
  type Algorithm,
  type Direction,
  type Reason,
} from '../../bundle/lowerings.ts'
import { UserError } from '../../base/error.ts'
import { at } from '../../base/lists.ts'
import { topological } from '../../ir/walk.ts'
import { hasColumns } from './columns.ts'
import { microseconds, pieces, type Piece } from './cost.ts'
import { groupsOf, type Group } from './groups.ts'
import { isWinograd } from './winograd.ts'
import type { GraphSource } from '../../ir/graph.ts'
import type { Node } from '../../ir/node.ts'
import { mostKept, type Request } from '../request.ts'

/** What was decided for one convolution or gradient, and why. */
export interface Choice {
  readonly convolution: string
  readonly direction: Direction
  readonly algorithm: Algorithm
  readonly reason: Reason
  /** Estimated milliseconds of one core, alone and not shared with the other two directions. */
  readonly estimates: Readonly<Partial<Record<Algorithm, number>>>
  /** Bytes of its temporaries in the algorithm chosen. */
  readonly temporary: number
}

export interface Plan {
  readonly algorithms: ReadonlyMap<Node, Algorithm>
  readonly choices: readonly Choice[]
  /** Bytes of one value that are kept from a forward pass for its gradients. */
  readonly mostKept: number
}

/**
 * Chooses an algorithm for every convolution of a graph and its gradients together, as they share pieces: the
 * combination of the least estimated time whose temporaries fit.
 */
export function plan(source: GraphSource, request: Request): Plan {
  const bound = new Set(source.inputs.map(({ node }) => node))
  const roots = source.outputs.map(({ node }) => node)
  const nodes = topological(roots, (node) => bound.has(node))
  const chosen = new Map<Node, Algorithm>()
  const choices = groupsOf(nodes).flatMap((group) => {
    const decided = decide(group, request)
    return [...group.members].map(([direction, node]): Choice => {
      const { algorithm, reason } = decided.get(direction) ?? {
        algorithm: 'conv' as const,
        reason: 'only one' as const,
      }
      chosen.set(node, algorithm)
      return {
        convolution: group.name,
        direction,
        algorithm,
        reason,
        estimates: estimates(group, direction, request),
        temporary: sum(
          pieces(group.geometry, direction, algorithm, mostKept(request)).map(({ temporary }) => temporary),
        ),
      }
    })
  })
  return { algorithms: chosen, choices, mostKept: mostKept(request) }
}

const applicable = ({ geometry: { attributes } }: Group): Algorithm[] =>
  algorithms.filter((algorithm) => {
    if (algorithm === 'conv') return true
    return algorithm === 'columns' ? hasColumns(attributes) : isWinograd(attributes)
  })

type Decision = Pick<Choice, 'algorithm' | 'reason'>

function decide(group: Group, request: Request): Map<Direction, Decision> {
  const fixed = new Map(
    [...group.members.keys()].map((direction) => [direction, imposed(group, direction, request)] as const),
  )
  const free = directions.filter((direction) => fixed.has(direction) && !fixed.get(direction))
  const possible = applicable(group)
  let best: { readonly time: number; readonly algorithms: readonly Algorithm[] } | undefined
  for (const combination of combinations(possible, free.length)) {
    const used = new Map<string, Piece>()
    for (const direction of group.members.keys()) {
      const algorithm = fixed.get(direction)?.algorithm ?? at(combination, free.indexOf(direction))
      for (const piece of pieces(group.geometry, direction, algorithm, mostKept(request)))
        used.set(piece.name, piece)
    }
    const list = [...used.values()]
    const time = sum(list.map(microseconds))
    const fits = sum(list.map(({ temporary }) => temporary)) <= request.memory
    const plain = combination.every((algorithm) => algorithm === 'conv')
    if ((fits || plain) && time < (best?.time ?? Infinity)) best = { time, algorithms: combination }
  }
  const reason = possible.length === 1 ? 'only one' : 'fastest'
  return new Map(
    [...fixed].map(([direction, decision]) => [
      direction,
      decision ?? { algorithm: best?.algorithms[free.indexOf(direction)] ?? 'conv', reason },
    ]),
  )
}

/** What the user or the target asks for; undefined where the cost decides. */
function imposed(
  group: Group,
  direction: Direction,
  { target, overrides, lossScales }: Request,
): Decision | undefined {
  const asked = overrides.get(`${group.name}.${direction}`) ?? overrides.get(group.name)
  if (asked !== undefined) {
    if (!applicable(group).includes(asked)) throw inapplicable(group, asked)
    if (lossScales && isWinogradAlgorithm(asked)) throw tooCoarse(group, asked)
    return { algorithm: asked, reason: 'asked for' }
  }
  if (target !== 'cpu') return { algorithm: 'conv', reason: 'target' }
  if (lossScales) return { algorithm: 'conv', reason: 'float16' }
  return group.float32 ? undefined : { algorithm: 'conv', reason: 'float64' }
}

/** Its sums of several pixels lose what their differences are made of. */
const isWinogradAlgorithm = (algorithm: Algorithm): boolean => algorithm.startsWith('winograd')

const tooCoarse = ({ name }: Group, asked: Algorithm): UserError =>
  new UserError(
    'LoweringError',
    `'${name}' cannot be computed as ${asked} in mixed precision: float16 is too coarse`,
    {
      help: "it can be computed as conv or columns; or leave precision: 'mixed' out",
    },
  )

const inapplicable = (group: Group, asked: Algorithm): UserError => {
  const { kernel, stride, dilation, groups } = group.geometry.attributes
  return new UserError(
    'LoweringError',
    `'${group.name}' cannot be computed as ${asked}: its kernel is ${kernel.join('×')}, stride ${stride.join('×')}, dilation ${dilation.join('×')}, groups ${groups}`,
    { help: `it can be computed as ${applicable(group).join(', ')}` },
  )
}

const estimates = (group: Group, direction: Direction, request: Request): Choice['estimates'] =>
  Object.fromEntries(
    applicable(group).map((algorithm) => {
      const time = sum(pieces(group.geometry, direction, algorithm, mostKept(request)).map(microseconds))
      return [algorithm, Number((time / 1000).toPrecision(3))]
    }),
  )

function* combinations(of: readonly Algorithm[], count: number): Generator<readonly Algorithm[]> {
  if (count === 0) yield []
  else for (const rest of combinations(of, count - 1)) for (const algorithm of of) yield [...rest, algorithm]
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
