/**
 * Tokens by row and topic, D_dk and B_wk: a list of (topic, count) for each row.
 *
 * A row of N tokens has at most min(N, K) topics, so its list gets that much room once and for all:
 * memory grows with the tokens, never with rows × K. A row with enough tokens has a place for every
 * topic instead and is indexed by it, which spares the search.
 */
export interface Counts {
  readonly topics: number
  /** Lists of row r are starts[r] … starts[r + 1] (rows + 1). */
  readonly starts: Uint32Array
  /** Places used; rows with a place for every topic do not need it. */
  readonly length: Uint32Array
  readonly topic: Uint16Array
  readonly count: Uint32Array
}

/** `tokens` is (rows): how many tokens each row has. Rows of `share` · K and more are indexed. */
export function openCounts(tokens: ArrayLike<number>, topics: number, share: number): Counts {
  const rows = tokens.length
  const starts = new Uint32Array(rows + 1)
  for (let r = 0; r < rows; r++)
    starts[r + 1] = starts[r]! + (tokens[r]! >= share * topics ? topics : tokens[r]!)
  const room = starts[rows]!
  return {
    topics,
    starts,
    length: new Uint32Array(rows),
    topic: new Uint16Array(room),
    count: new Uint32Array(room),
  }
}

export function add(counts: Counts, row: number, k: number): void {
  const { starts, length, topic, count, topics } = counts
  const from = starts[row]!
  if (starts[row + 1]! - from === topics) {
    count[from + k]!++
    return
  }
  const end = from + length[row]!
  let e = from
  while (e < end && topic[e] !== k) e++
  if (e === end) {
    topic[e] = k
    count[e] = 0
    length[row]!++
  }
  count[e]!++
}

/** One token of a row goes from one topic to another: one look at the list for both. */
export function move(counts: Counts, row: number, before: number, after: number): void {
  const { starts, length, topic, count, topics } = counts
  const from = starts[row]!
  if (starts[row + 1]! - from === topics) {
    if (count[from + before] === 0) throw new Error(`row ${row} has no token of topic ${before}`)
    count[from + before]!--
    count[from + after]!++
    return
  }
  const end = from + length[row]!
  let source = -1
  let target = -1
  for (let e = from; e < end; e++) {
    const k = topic[e]!
    if (k === before) source = e
    else if (k === after) target = e
    else continue
    if (source >= 0 && target >= 0) break
  }
  if (source < 0) throw new Error(`row ${row} has no token of topic ${before}`)
  const isLast = count[source] === 1
  if (target >= 0) {
    count[target]!++
    if (!isLast) count[source]!--
    else {
      topic[source] = topic[end - 1]!
      count[source] = count[end - 1]!
      length[row]!--
    }
  } else if (isLast) topic[source] = after
  else {
    count[source]!--
    topic[end] = after
    count[end] = 1
    length[row]!++
  }
}

/** Topics of a row with their counts, all above 0. */
export function forEachTopic(
  counts: Counts,
  row: number,
  visit: (k: number, count: number) => void,
): void {
  const { starts, length, topic, count, topics } = counts
  const from = starts[row]!
  if (starts[row + 1]! - from === topics) {
    for (let k = 0; k < topics; k++) if (count[from + k]! > 0) visit(k, count[from + k]!)
    return
  }
  for (let e = from; e < from + length[row]!; e++) visit(topic[e]!, count[e]!)
}
