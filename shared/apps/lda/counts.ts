/**
 * Tokens by row and topic: D_dk by documents, B_wk by words.
 *
 * What is kept is the topic of every token, row after row; a row is counted when it is asked for, so
 * that a change costs one store, and counts cannot but agree with the topics. Rows with many tokens
 * for each topic are kept as counts besides, and then never counted again.
 */
export interface Counts {
  readonly topics: number
  /** Tokens of row r are starts[r] … starts[r + 1] (rows + 1). */
  readonly starts: Uint32Array
  /** Topic of every token. */
  readonly z: Topics
  /** Where the counts of a row with many tokens begin in `kept` (K each); −1: it is counted. */
  readonly at: Int32Array
  readonly kept: Uint32Array
  /** Scratch: topics of the row at hand and their counts (K). */
  readonly list: Uint16Array
  readonly tally: Uint32Array
}

/** The narrowest array that holds every topic. */
export type Topics = Uint8Array | Uint16Array

export const openTopics = (tokens: number, topics: number): Topics =>
  topics <= 256 ? new Uint8Array(tokens) : new Uint16Array(tokens)

/** Rows of `share` · K tokens and more are kept as counts. */
export function openCounts(z: Topics, starts: Uint32Array, topics: number, share: number): Counts {
  const rows = starts.length - 1
  const at = new Int32Array(rows).fill(-1)
  let room = 0
  for (let r = 0; r < rows; r++) {
    if (starts[r + 1]! - starts[r]! < share * topics) continue
    at[r] = room
    room += topics
  }
  const kept = new Uint32Array(room)
  const scratch = { list: new Uint16Array(topics), tally: new Uint32Array(topics) }
  const counts = { topics, starts, z, at, kept, ...scratch }
  recount(counts)
  return counts
}

/** What is kept follows from the topics: all of them are other ones now. */
export function recount({ starts, z, at, kept }: Counts): void {
  kept.fill(0)
  for (let r = 0; r < at.length; r++) {
    if (at[r]! < 0) continue
    for (let t = starts[r]!; t < starts[r + 1]!; t++) kept[at[r]! + z[t]!]!++
  }
}

/**
 * Topics of a row, ascending, stand in `list` and their counts in `tally`; returns how many. The caller
 * sets `tally` to 0 again as it reads.
 */
export function count(counts: Counts, row: number): number {
  const { starts, z, list, tally, at, kept, topics } = counts
  const from = at[row]!
  let length = 0
  if (from >= 0) {
    for (let k = 0; k < topics; k++) {
      const n = kept[from + k]!
      if (n === 0) continue
      list[length++] = k
      tally[k] = n
    }
    return length
  }
  const end = starts[row + 1]!
  for (let t = starts[row]!; t < end; t++) {
    const k = z[t]!
    if (tally[k]!++ === 0) list[length++] = k
  }
  sort(counts, length)
  return length
}

/** Lists of so many topics and fewer are sorted by insertion. */
const INSERT_MAX = 24
/** Lists of every so many-th topic and more are read off the tally. */
const SCAN_SHARE = 16

/** The list, ascending: whatever takes the fewest steps. */
function sort({ list, tally, topics }: Counts, length: number): void {
  if (length <= INSERT_MAX) {
    for (let i = 1; i < length; i++) {
      const k = list[i]!
      let j = i
      for (; j > 0 && list[j - 1]! > k; j--) list[j] = list[j - 1]!
      list[j] = k
    }
  } else if (length * SCAN_SHARE >= topics) {
    let i = 0
    for (let k = 0; i < length; k++) if (tally[k]! > 0) list[i++] = k
  } else list.subarray(0, length).sort()
}

/** Topics of a row with their counts, all above 0. `visit` must not ask the same counts for a row. */
export function forEachTopic(
  counts: Counts,
  row: number,
  visit: (k: number, count: number) => void,
): void {
  const { list, tally } = counts
  const length = count(counts, row)
  for (let i = 0; i < length; i++) {
    const k = list[i]!
    const n = tally[k]!
    tally[k] = 0
    visit(k, n)
  }
}
