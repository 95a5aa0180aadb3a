/** How good the model is: the objective. */
import { ridgeOf } from './lease.ts'
import type { Side } from './sides.ts'
import type { MfState } from './state.ts'

/** Σ (λ + n·λ each) (‖row‖² + bias²/s²) of a side. */
export function penaltyOf(state: MfState, side: Side): number {
  const { spec, ridges, biasScale } = state
  const { count, degree, factors, bias } = side
  const K = spec.rank
  let penalty = 0
  for (let row = 0; row < count; row++) {
    let squares = bias.length > 0 ? (bias[row]! / biasScale) ** 2 : 0
    for (let k = row * K; k < (row + 1) * K; k++) squares += factors[k]! * factors[k]!
    penalty += ridgeOf(ridges[side.name], degree[row]!) * squares
  }
  return penalty
}

/** Σ of what the rows of a side have left: the loss, when all of them have been solved. */
export function lossOfSide(side: Side): number {
  let loss = 0
  for (let row = 0; row < side.count; row++) if (side.degree[row]! > 0) loss += side.loss[row]!
  return loss
}

/**
 * The objective from the server's own ratings: what the tabs' losses must add up to. O(nnz·K), along
 * the rows of the longer side, so that the factors which are jumped about in are the few.
 */
export function objectiveOf(state: MfState): number {
  const { items, users, dataset, spec, mean } = state
  const K = spec.rank
  const [along, other] = users.count > items.count ? [users, items] : [items, users]
  const mine = new Float64Array(K)
  let loss = 0
  for (const k of along.shards) {
    const { starts, rowIndex, values, firstColumn, columns } = dataset.shard(k)
    for (let j = 0; j < columns; j++) {
      const row = firstColumn + j
      mine.set(along.factors.subarray(row * K, (row + 1) * K))
      const base = mean + (along.bias[row] ?? 0)
      for (let e = starts[j]!; e < starts[j + 1]!; e++) {
        const fit = base + fitOf(other, rowIndex[e]!, mine)
        const a = values[e]!
        if (!spec.implicit) loss += (a - fit) * (a - fit)
        else if (a > 0) loss += (1 + spec.alpha * a) * (1 - fit) * (1 - fit) - fit * fit
      }
    }
  }
  if (spec.implicit) {
    const [g, h] = [gramOf(users, K), gramOf(items, K)]
    for (let k = 0; k < g.length; k++) loss += g[k]! * h[k]!
  }
  return loss + penaltyOf(state, users) + penaltyOf(state, items)
}

/** Bias and product with `mine` of a row. */
function fitOf({ factors, bias }: Side, row: number, mine: Float64Array): number {
  const K = mine.length
  let fit = bias.length > 0 ? bias[row]! : 0
  // Four sums, because additions wait for each other.
  let [a, b, c] = [0, 0, 0]
  let k = 0
  for (let at = row * K; k + 3 < K; k += 4, at += 4) {
    fit += factors[at]! * mine[k]!
    a += factors[at + 1]! * mine[k + 1]!
    b += factors[at + 2]! * mine[k + 2]!
    c += factors[at + 3]! * mine[k + 3]!
  }
  for (; k < K; k++) fit += factors[row * K + k]! * mine[k]!
  return fit + a + (b + c)
}

/** Σ row rowᵀ over a side (K, K). */
export function gramOf(side: Side, rank: number): Float64Array {
  const gram = new Float64Array(rank * rank)
  const { factors } = side
  for (let at = 0; at < factors.length; at += rank)
    for (let k = 0; k < rank; k++) {
      const x = factors[at + k]!
      if (x === 0) continue
      for (let l = 0; l <= k; l++) gram[k * rank + l]! += x * factors[at + l]!
    }
  for (let k = 0; k < rank; k++)
    for (let l = 0; l < k; l++) gram[l * rank + k] = gram[k * rank + l]!
  return gram
}
