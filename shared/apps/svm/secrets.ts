/**
 * What the server needs to check a volunteer's numbers (check.ts), and no tab may know: a random vector
 * u with its product with every example, and z with its sum of examples over every shard. One pass over X.
 */
import { passesOf } from '../../columns/hostPasses.ts'
import type { Random } from '../../random.ts'
import type { Problem } from './problem.ts'

export interface Secrets {
  readonly u: Float64Array // (d)
  /** x_iᵀu (n). */
  readonly products: Float64Array
  readonly z: Float64Array // (n)
  /** Σ z_i x_i of every shard, as its features and values: no more of them than the shard has entries. */
  readonly sums: readonly { readonly index: Uint32Array; readonly value: Float64Array }[]
}

export function openSecrets({ dataset, n, d }: Problem, random: Random): Secrets {
  const u = Float64Array.from({ length: d }, () => random.normal())
  const z = Float64Array.from({ length: n }, () => random.normal())
  const products = new Float64Array(n)
  const dense = new Float64Array(d)
  const passes = passesOf(dataset)
  const sums = dataset.manifest.shards.map((_, k) => {
    const shard = dataset.shard(k)
    const { firstColumn } = shard
    dense.fill(0)
    products.set(passes.products(shard, u), firstColumn)
    passes.combine(shard, z.subarray(firstColumn, firstColumn + shard.columns), dense)
    const index: number[] = []
    for (let j = 0; j < d; j++) if (dense[j] !== 0) index.push(j)
    return { index: Uint32Array.from(index), value: Float64Array.from(index, (j) => dense[j]!) }
  })
  return { u, products, z, sums }
}
