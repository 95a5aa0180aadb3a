/**
 * What the server needs to check a volunteer's products in O(n) (Freivalds 1979): with a secret u,
 * Xᵀu checks XΔβ; with secret z, the shard sums X_k z_k check X_kᵀρ. Raw columns: one set serves
 * every track. Each is a pass over X, made when the first delta asks for it or there is a moment before.
 */
import type { Dataset } from '../app.ts'
import { passesOf } from '../columns/hostPasses.ts'
import { lazily } from '../lazily.ts'
import { type Random, seededRandom } from '../random.ts'

export interface Secrets {
  /** To check sweeps: u (n) and Xᵀu (d). */
  readonly fit: () => { readonly u: Float64Array; readonly products: Float64Array }
  /** To check scans: z (d) and X_k z_k of every shard, shards × (n). */
  readonly scan: () => { readonly z: Float64Array; readonly sums: readonly Float64Array[] }
}

export function openSecrets(dataset: Dataset, random: Random): Secrets {
  const [forFit, forScan] = [seededRandom(random.u32()), seededRandom(random.u32())]
  return {
    fit: lazily(() => drawFit(dataset, forFit)),
    scan: lazily(() => drawScan(dataset, forScan)),
  }
}

function drawFit(dataset: Dataset, random: Random) {
  const { rows, columns, shards } = dataset.manifest
  const passes = passesOf(dataset)
  const u = uniform(rows, random)
  const products = new Float64Array(columns)
  for (let k = 0; k < shards.length; k++) {
    const shard = dataset.shard(k)
    products.set(passes.products(shard, u), shard.firstColumn)
  }
  return { u, products }
}

function drawScan(dataset: Dataset, random: Random) {
  const { rows, columns, shards } = dataset.manifest
  const passes = passesOf(dataset)
  const z = uniform(columns, random)
  const sums = shards.map((_, k) => {
    const shard = dataset.shard(k)
    const sum = new Float64Array(rows)
    passes.combine(shard, z.subarray(shard.firstColumn, shard.firstColumn + shard.columns), sum)
    return sum
  })
  return { z, sums }
}

/** Any density does, so that no lie is orthogonal to it but by chance; this one is drawn fast. */
function uniform(length: number, random: Random): Float64Array {
  const out = new Float64Array(length)
  for (let k = 0; k < length; k++) out[k] = random.u32() / 2 ** 31 - 1
  return out
}
