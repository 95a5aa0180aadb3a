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
  /** Scratch of `tally`: topics of the row at hand, in the order in which they stand there, and counts (K). */
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
  for (let r = 0; r < rows; r++) {
    if (at[r]! < 0) continue
    for (let t = starts[r]!; t < starts[r + 1]!; t++) kept[at[r]! + z[t]!]!++
  }
  const scratch = { list: new Uint16Array(topics), tally: new Uint32Array(topics) }
  return { topics, starts, z, at, kept, ...scratch }
}

/** A token of the row goes from one topic to another. */
export function move(counts: Counts, row: number, t: number, before: number, after: number): void {
  counts.z[t] = after
  const at = counts.at[row]!
  if (at < 0) return
  counts.kept[at + before]!--
  counts.kept[at + after]!++
}

/**
 * Count a row that is not kept: its topics stand in `list`, their counts in `tally`; returns how many.
 * The caller sets `tally` to 0 again as it reads.
 */
export function count({ starts, z, list, tally }: Counts, row: number): number {
  const end = starts[row + 1]!
  let length = 0
  for (let t = starts[row]!; t < end; t++) {
    const k = z[t]!
    if (tally[k]!++ === 0) list[length++] = k
  }
  return length
}

/** Topics of a row with their counts, all above 0. `visit` must not ask the same counts for a row. */
export function forEachTopic(
  counts: Counts,
  row: number,
  visit: (k: number, count: number) => void,
): void {
  const { at, kept, list, tally, topics } = counts
  const from = at[row]!
  if (from >= 0) {
    for (let k = 0; k < topics; k++) if (kept[from + k]! > 0) visit(k, kept[from + k]!)
    return
  }
  const length = count(counts, row)
  for (let i = 0; i < length; i++) {
    const k = list[i]!
    const n = tally[k]!
    tally[k] = 0
    visit(k, n)
  }
}
