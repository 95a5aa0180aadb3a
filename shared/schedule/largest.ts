/**
 * The `count` variables of largest positive score, the largest first (of equals the first): a heap of
 * what is kept so far, least on top. One look at every variable, O(d + changes · log count), and
 * memory for `count` alone.
 */
export function largestOf(d: number, count: number, score: (j: number) => number): Uint32Array {
  const index = new Uint32Array(Math.min(d, count))
  const scores = new Float64Array(index.length)
  let size = 0
  const isLess = (a: number, b: number): boolean =>
    scores[a]! < scores[b]! || (scores[a] === scores[b] && index[a]! > index[b]!)
  const swap = (a: number, b: number): void => {
    ;[index[a], index[b]] = [index[b]!, index[a]!]
    ;[scores[a], scores[b]] = [scores[b]!, scores[a]!]
  }
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < size && isLess(child, least)) least = child
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  for (let j = 0; j < d; j++) {
    const value = score(j)
    if (!(value > 0) || index.length === 0) continue
    if (size < index.length) {
      index[size] = j
      scores[size++] = value
      for (let at = size - 1; at > 0 && isLess(at, (at - 1) >> 1); at = (at - 1) >> 1)
        swap(at, (at - 1) >> 1)
    } else if (value > scores[0]!) {
      index[0] = j
      scores[0] = value
      sink(0)
    }
  }
  const found = size
  while (size > 1) {
    swap(0, --size)
    sink(0)
  }
  return index.subarray(0, found)
}
