/**
 * A tab's memory of the two factors: rows it was sent and rows it has computed, each as it was last.
 *
 * Within a half-sweep the popular rows are needed by nearly every block, and what a tab has solved in
 * one half-sweep it needs in the next: with a memory each row travels once a sweep to each tab that
 * needs it, and not at all to the one that computed it. The server knows what is here (known.ts) and
 * has it forgotten before it grows too large.
 *
 * A lease as it travels then, instead of the kernel's (buffers.ts), with r, K, D and m as there:
 *
 *   scalars  f64 (9)            as there
 *   sizes    u32 (3)            this side: 0 users, 1 items; its rows altogether; 1: forget all first
 *   runs     u32 (q, 4)         rows of the block that follow each other: slot, column, row, how many
 *   others   u32 (r) or empty   rows of the other side, ascending …
 *   marks    u8 (⌈all / 8⌉)     … or a bit for each row that there is, where that is shorter
 *   held     u8 (⌈r / 8⌉)       a bit for each of the r: 1, it is here
 *   factors  f32 (f, K)         of those that are not …
 *   halves   u16 (f, K)         … or this, where factors are halves
 *   offsets  f32 (f) or empty
 *   gram     f64 (K, K)         or empty: it is here, or not needed
 *   own      u8 (⌈m / 8⌉)       (ccd) a bit for each row of the block: 1, it is here
 *   start    f32 (g, D)         of those that are not
 */
import { fromHalves, toHalves } from '../../halves.ts'
import type { Arrays } from '../../wire.ts'
import { LeaseError, type Memory, type Recalled } from '../kernel.ts'
import { SCALARS } from './buffers.ts'

/** So many rows in a run are worth a view of them. */
const RUN_MIN = 8
/** Rows of a side: more would be an index of a gigabyte. */
const ROWS_MAX = 2 ** 28

export const hasBit = (bits: Uint8Array, k: number): boolean => ((bits[k >> 3]! >> (k & 7)) & 1) > 0

export function setBit(bits: Uint8Array, k: number): void {
  bits[k >> 3]! |= 1 << (k & 7)
}

export const bytesOfBits = (count: number): number => Math.ceil(count / 8)

/** Rows of one side that are here, in the order in which they came. */
class Rows {
  readonly #rank: number
  /** (count) where each row is, from 1; 0: it is not here. */
  readonly #place: Uint32Array
  #factors = new Float32Array(0)
  #bias = new Float32Array(0)
  #used = 0

  constructor(count: number, rank: number) {
    if (!(count <= ROWS_MAX)) throw new LeaseError(`a side of ${count} rows cannot be remembered`)
    this.#place = new Uint32Array(count)
    this.#rank = rank
  }

  /** (places, K) */
  get factors(): Float32Array {
    return this.#factors
  }

  /** (places) */
  get bias(): Float32Array {
    return this.#bias
  }

  /** The place of a row. */
  get(row: number): number {
    const place = this.#place[row]
    if (!place) throw new LeaseError(`the lease counts on row ${row}, which is not here`)
    return place - 1
  }

  /** The place to write a row to, old or new. */
  put(row: number): number {
    if (row >= this.#place.length) throw new LeaseError(`there is no row ${row}`)
    if (this.#place[row] === 0) {
      this.#place[row] = ++this.#used
      if (this.#used > this.#bias.length) this.#grow(Math.max(1024, 2 * this.#bias.length))
    }
    return this.#place[row]! - 1
  }

  #grow(places: number): void {
    const [factors, bias] = [this.#factors, this.#bias]
    this.#factors = new Float32Array(places * this.#rank)
    this.#factors.set(factors)
    this.#bias = new Float32Array(places)
    this.#bias.set(bias)
  }

  /**
   * The first of `rows` from `from` on that does not lie right behind the one before it. Rows that came
   * together are needed together: copied one by one, those of a block take as long as its kernel.
   */
  runEnd(rows: Uint32Array, from: number): number {
    const first = this.get(rows[from]!)
    let to = from + 1
    while (to < rows.length && this.#place[rows[to]!] === first + 1 + to - from) to++
    return to
  }
}

export function openMemory(): Memory {
  /** Users, items. */
  let sides: [Rows, Rows] | null = null
  let gram: Float64Array = new Float64Array(0)

  return {
    recall(given: Arrays): Recalled {
      // A server that keeps no account of this tab sends leases as kernels take them.
      if (!given.sizes) return { lease: given, keep: () => undefined }
      const packed = given as unknown as Packed
      const scalar = (name: keyof typeof SCALARS): number => packed.scalars[SCALARS[name]]!
      const [rank, biases, all] = [scalar('rank'), scalar('biases'), scalar('othersAll')]
      const [side, count, forgets] = packed.sizes as unknown as [number, number, number]
      if (!sides || forgets === 1) {
        const [users, items] = side === 0 ? [count, all] : [all, count]
        sides = [new Rows(users, rank), new Rows(items, rank)]
      }
      const [mine, theirs] = side === 0 ? sides : [sides[1], sides[0]]
      const block = unroll(packed.runs)
      const { others, factors, offsets } = recallOthers(packed, theirs, rank, biases)
      if (packed.gram.length > 0) gram = packed.gram
      const isGramUsed = scalar('alpha') > 0
      const start =
        scalar('passes') > 0
          ? recallStart(packed, mine, block.row, rank, biases)
          : new Float32Array(0)
      const lease: Arrays = {
        ...{ scalars: packed.scalars, slot: block.slot, column: block.column },
        ...{ others, factors, offsets, gram: isGramUsed ? gram : new Float64Array(0), start },
      }
      const isHalf = scalar('halves') === 1
      return {
        lease,
        ...(isHalf && { halves: ['rows'] }),
        keep({ rows, bias }) {
          // As the server will have them, whichever kernel has computed them.
          const kept = isHalf ? fromHalves(toHalves(rows!)) : rows!
          block.row.forEach((row, v) => {
            const at = mine.put(row)
            const { factors } = mine
            for (let k = 0; k < rank; k++) factors[at * rank + k] = kept[v * rank + k]!
            if (biases > 0) mine.bias[at] = bias![v]!
          })
        },
      }
    },
  }
}

interface Packed {
  readonly scalars: Float64Array
  readonly sizes: Uint32Array
  readonly runs: Uint32Array
  readonly others: Uint32Array
  readonly marks: Uint8Array
  readonly held: Uint8Array
  readonly factors: Float32Array
  readonly halves: Uint16Array
  readonly offsets: Float32Array
  readonly gram: Float64Array
  readonly own: Uint8Array
  readonly start: Float32Array
}

/** Neighbours in a shard, together: the inverse of `unroll`. */
export function rollUp(slot: Uint32Array, column: Uint32Array, row: Uint32Array): Uint32Array {
  const runs: number[] = []
  for (let v = 0; v < row.length; v++) {
    const at = runs.length - 4
    const length = runs[at + 3] ?? 0
    if (v > 0 && slot[v] === runs[at] && column[v] === runs[at + 1]! + length)
      runs[at + 3] = length + 1
    else runs.push(slot[v]!, column[v]!, row[v]!, 1)
  }
  return Uint32Array.from(runs)
}

function unroll(runs: Uint32Array) {
  let m = 0
  for (let at = 3; at < runs.length; at += 4) m += runs[at]!
  if (m > ROWS_MAX) throw new LeaseError(`a block of ${m} rows is not to be solved at once`)
  const block = { slot: new Uint32Array(m), column: new Uint32Array(m), row: new Uint32Array(m) }
  let v = 0
  for (let at = 0; at + 3 < runs.length; at += 4)
    for (let k = 0; k < runs[at + 3]!; k++, v++) {
      block.slot[v] = runs[at]!
      block.column[v] = runs[at + 1]! + k
      block.row[v] = runs[at + 2]! + k
    }
  return block
}

function recallOthers(packed: Packed, theirs: Rows, rank: number, biases: number) {
  const { held } = packed
  const given = packed.halves.length > 0 ? fromHalves(packed.halves) : packed.factors
  const others = packed.marks.length > 0 ? marked(packed.marks) : packed.others
  const r = others.length
  const factors = new Float32Array(r * rank)
  const offsets = new Float32Array(r * biases)
  for (let p = 0, fresh = 0; p < r; p++) {
    if (hasBit(held, p)) continue
    const at = theirs.put(others[p]!)
    const to = theirs.factors
    for (let k = 0; k < rank; k++) to[at * rank + k] = given[fresh * rank + k]!
    if (biases > 0) theirs.bias[at] = packed.offsets[fresh]!
    fresh++
  }
  for (let p = 0; p < r; ) {
    const end = theirs.runEnd(others, p)
    const at = theirs.get(others[p]!)
    const to = at + end - p
    if (end - p >= RUN_MIN) {
      factors.set(theirs.factors.subarray(at * rank, to * rank), p * rank)
      if (biases > 0) offsets.set(theirs.bias.subarray(at, to), p)
    } else {
      const from = theirs.factors
      for (let k = 0; k < (to - at) * rank; k++) factors[p * rank + k] = from[at * rank + k]!
      for (let q = 0; q < (to - at) * biases; q++) offsets[p + q] = theirs.bias[at + q]!
    }
    p = end
  }
  return { others, factors, offsets }
}

function marked(bits: Uint8Array): Uint32Array {
  const rows = new Uint32Array(8 * bits.length)
  let count = 0
  for (let row = 0; row < rows.length; row++) if (hasBit(bits, row)) rows[count++] = row
  return rows.slice(0, count)
}

/** (m, D) */
function recallStart(
  packed: Packed,
  mine: Rows,
  row: Uint32Array,
  rank: number,
  biases: number,
): Float32Array {
  const width = rank + biases
  const start = new Float32Array(row.length * width)
  let fresh = 0
  for (let v = 0; v < row.length; v++) {
    if (!hasBit(packed.own, v)) {
      const at = mine.put(row[v]!)
      const from = fresh++ * width
      for (let k = 0; k < rank; k++) mine.factors[at * rank + k] = packed.start[from + k]!
      if (biases > 0) mine.bias[at] = packed.start[from + rank]!
    }
    const at = mine.get(row[v]!)
    const { factors, bias } = mine
    for (let k = 0; k < rank; k++) start[v * width + k] = factors[at * rank + k]!
    if (biases > 0) start[v * width + rank] = bias[at]!
  }
  return start
}
