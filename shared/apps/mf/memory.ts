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

/** Rows of a side: more would be an index of a gigabyte. */
const ROWS_MAX = 2 ** 28

export const hasBit = (bits: Uint8Array, k: number): boolean => ((bits[k >> 3]! >> (k & 7)) & 1) > 0

export function setBit(bits: Uint8Array, k: number): void {
  bits[k >> 3]! |= 1 << (k & 7)
}

export const bytesOfBits = (count: number): number => Math.ceil(count / 8)

/** Rows of one side that are here, in the order in which they came. */
class Rows {
  readonly #width: number
  /** (count) where each row is, from 1; 0: it is not here. */
  readonly #place: Uint32Array
  #values = new Float32Array(0)
  #used = 0

  constructor(count: number, width: number) {
    if (!(count <= ROWS_MAX)) throw new LeaseError(`a side of ${count} rows cannot be remembered`)
    this.#place = new Uint32Array(count)
    this.#width = width
  }

  get count(): number {
    return this.#place.length
  }

  get values(): Float32Array {
    return this.#values
  }

  /** Where in `values` a row begins. */
  get(row: number): number {
    const place = this.#place[row]
    if (!place) throw new LeaseError(`the lease counts on row ${row}, which is not here`)
    return (place - 1) * this.#width
  }

  /** Where in `values` to write a row, old or new. */
  put(row: number): number {
    if (row >= this.#place.length) throw new LeaseError(`there is no row ${row}`)
    if (this.#place[row] === 0) {
      this.#place[row] = ++this.#used
      const length = this.#used * this.#width
      if (length > this.#values.length) {
        const larger = new Float32Array(Math.max(1024 * this.#width, 2 * this.#values.length))
        larger.set(this.#values)
        this.#values = larger
      }
    }
    return (this.#place[row]! - 1) * this.#width
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
      const width = rank + biases
      if (!sides || forgets === 1) {
        const [users, items] = side === 0 ? [count, all] : [all, count]
        sides = [new Rows(users, width), new Rows(items, width)]
      }
      const [mine, theirs] = side === 0 ? sides : [sides[1], sides[0]]
      const block = unroll(packed.runs)
      const { others, factors, offsets } = recallOthers(packed, theirs, rank, biases)
      if (packed.gram.length > 0) gram = packed.gram
      const isGramUsed = scalar('alpha') > 0
      const start =
        scalar('passes') > 0 ? recallStart(packed, mine, block.row, width) : new Float32Array(0)
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
            for (let k = 0; k < rank; k++) mine.values[at + k] = kept[v * rank + k]!
            if (biases > 0) mine.values[at + rank] = bias![v]!
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
    for (let k = 0; k < rank; k++) theirs.values[at + k] = given[fresh * rank + k]!
    if (biases > 0) theirs.values[at + rank] = packed.offsets[fresh]!
    fresh++
  }
  // Plain loops: a view for every row would take as long as the rows themselves.
  const { values } = theirs
  for (let p = 0; p < r; p++) {
    const at = theirs.get(others[p]!)
    for (let k = 0; k < rank; k++) factors[p * rank + k] = values[at + k]!
    if (biases > 0) offsets[p] = values[at + rank]!
  }
  return { others, factors, offsets }
}

function marked(bits: Uint8Array): Uint32Array {
  const rows: number[] = []
  for (let row = 0; row < 8 * bits.length; row++) if (hasBit(bits, row)) rows.push(row)
  return Uint32Array.from(rows)
}

function recallStart(packed: Packed, mine: Rows, row: Uint32Array, width: number): Float32Array {
  const start = new Float32Array(row.length * width)
  let fresh = 0
  for (let v = 0; v < row.length; v++) {
    if (hasBit(packed.own, v)) {
      const at = mine.get(row[v]!)
      for (let k = 0; k < width; k++) start[v * width + k] = mine.values[at + k]!
    } else start.set(packed.start.subarray(fresh * width, ++fresh * width), v * width)
  }
  return start
}
