/**
 * What the server needs to check a volunteer's products in O(n) (Freivalds 1979): with a secret u,
 * Xᵀu checks XΔβ; with secret z, the shard sums X_k z_k check X_kᵀρ. Raw columns: one set serves
 * every track.
 */
import type { Dataset } from '../app.ts'
import { passesOf } from '../columns/passes.ts'
import { type Random, seededRandom } from '../random.ts'

export interface Secrets {
  readonly u: Float64Array // (n)
  readonly products: Float64Array // (d)  Xᵀu
  readonly z: Float64Array // (d), or none where nobody is asked to scan
  /** X_k z_k of every shard: shards × (n), or none. */
  readonly sums: readonly Float64Array[]
}

/** Another pass or two over X: put off until the first delta is due, when tabs have something to do. */
export class LateSecrets {
  readonly #dataset: Dataset
  readonly #random: Random
  readonly #areScansChecked: boolean
  #drawn: Secrets | null = null

  constructor(dataset: Dataset, random: Random, areScansChecked: boolean) {
    this.#dataset = dataset
    this.#random = seededRandom(random.u32())
    this.#areScansChecked = areScansChecked
  }

  /** The same every time. */
  get(): Secrets {
    this.#drawn ??= this.#draw()
    return this.#drawn
  }

  #draw(): Secrets {
    const { rows, columns, shards } = this.#dataset.manifest
    const passes = passesOf(this.#dataset)
    const u = uniform(rows, this.#random)
    const z = uniform(this.#areScansChecked ? columns : 0, this.#random)
    const products = new Float64Array(columns)
    const sums: Float64Array[] = []
    for (let k = 0; k < shards.length; k++) {
      const shard = this.#dataset.shard(k)
      const { firstColumn } = shard
      products.set(passes.products(shard, u), firstColumn)
      if (!this.#areScansChecked) continue
      const sum = new Float64Array(rows)
      passes.combine(shard, z.subarray(firstColumn, firstColumn + shard.columns), sum)
      sums.push(sum)
    }
    return { u, products, z, sums }
  }
}

/** Any density does, so that no lie is orthogonal to it but by chance; this one is drawn fast. */
function uniform(length: number, random: Random): Float64Array {
  const out = new Float64Array(length)
  for (let k = 0; k < length; k++) out[k] = random.u32() / 2 ** 31 - 1
  return out
}
