/** Draws from a law that is given by its running sums. */

/** The first place of which the sum exceeds `draw`. */
export function drawFrom(sums: Float64Array, draw: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > draw) high = middle
    else low = middle + 1
  }
  return low
}
