/** Cutting a row of things into runs: the sides of a grid of cells. */

/** Cut a row of weights into `pieces` runs of about equal weight, none empty: pieces + 1 bounds. */
export function cutEvenly(weights: ArrayLike<number>, pieces: number): Uint32Array {
  const { length } = weights
  const cuts = new Uint32Array(pieces + 1)
  let rest = 0
  for (let i = 0; i < length; i++) rest += weights[i]!
  let sum = 0
  let piece = 1
  for (let i = 0; i < length && piece < pieces; i++) {
    const isFull = sum + weights[i]! / 2 > rest / (pieces - piece + 1)
    if (i > cuts[piece - 1]! && (isFull || length - i === pieces - piece)) {
      cuts[piece++] = i
      // What is heavy by itself leaves less to the others, and they share that evenly.
      rest -= sum
      sum = 0
    }
    sum += weights[i]!
  }
  cuts[pieces] = length
  return cuts
}

/** Index of the last of the ascending numbers that is at most x. */
export function lastAtMost(ascending: ArrayLike<number>, x: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ascending[middle]! <= x) low = middle
    else high = middle
  }
  return low
}
