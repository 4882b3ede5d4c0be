import { Stepper } from '../train/stepper.ts'
import type { HostTensor } from '../values/tensor.ts'
import type { Bundle } from '../../src/bundle/bundle.ts'
import type { SessionOptions } from '../session/options.ts'
import type { Features } from './features.ts'
import type { Probe } from './teaching.ts'

/** Computes inner products of rows of features, a tile at a time. */
export interface Products {
  /** Rows of a tile. */
  readonly tile: number
  /**
   * The products of the rows of `asked` from row `at` on with those of `known` from row `against` on,
   * [tile, tile] or fewer columns; what is there for rows after the last means nothing.
   */
  readonly of: (asked: Features, at: number, known: Features, against: number) => Promise<ProductTile>
  readonly release: () => Promise<void>
}

export interface ProductTile {
  readonly columns: number
  readonly values: Float32Array
}

/** By the probe's graph; of a bundle that has none, in JavaScript. */
export async function openProducts(
  bundle: Bundle,
  { products: section }: Probe,
  options: SessionOptions,
): Promise<Products> {
  if (!section) return plainProducts
  const stepper = await Stepper.open(bundle, section, new Map(), options)
  const tile = section.batch
  return {
    tile,
    of: async (asked, at, known, against) => {
      const inputs = { asked: rowsFrom(asked, at, tile), known: rowsFrom(known, against, tile) }
      const [result] = await stepper.run([inputs])
      const values = result?.outputs.products?.data
      if (!(values instanceof Float32Array)) throw new Error('no products')
      return { columns: tile, values }
    },
    release: () => stepper.release(),
  }
}

/** A tile of rows: a view, but for the last one, which is filled up with zeros. */
function rowsFrom({ count, dimension, values }: Features, at: number, tile: number): HostTensor {
  const present = values.subarray(at * dimension, Math.min(at + tile, count) * dimension)
  const shape = [tile, dimension]
  if (present.length === tile * dimension) return { type: 'float32', shape, data: present }
  const data = new Float32Array(tile * dimension)
  data.set(present)
  return { type: 'float32', shape, data }
}

const PLAIN_TILE = 64

/** One product after the other. */
export const plainProducts: Products = {
  tile: PLAIN_TILE,
  of: (asked, at, known, against) => {
    const { dimension } = known
    const columns = Math.min(PLAIN_TILE, known.count - against)
    const values = new Float32Array(PLAIN_TILE * columns)
    for (let row = 0; row < Math.min(PLAIN_TILE, asked.count - at); row++)
      for (let column = 0; column < columns; column++) {
        const [a, b] = [(at + row) * dimension, (against + column) * dimension]
        let sum = 0
        for (let i = 0; i < dimension; i++) sum += (asked.values[a + i] ?? 0) * (known.values[b + i] ?? 0)
        values[row * columns + column] = sum
      }
    return Promise.resolve({ columns, values })
  },
  release: () => Promise.resolve(),
}
