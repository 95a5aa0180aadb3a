/** The lease of a block, whole or without what the tab that asks has seen (memory.ts). */
import { toHalves } from '../../halves.ts'
import type { Arrays } from '../../wire.ts'
import { has, learn } from './known.ts'
import { bytesOfBits, rollUp, setBit } from './memory.ts'
import type { Side } from './sides.ts'
import type { Known } from './state.ts'

/** Everything a lease says, wherever it goes. */
export interface Parts {
  readonly scalars: Float64Array
  readonly slot: Uint32Array
  readonly column: Uint32Array
  /** Rows of the block (m), of `side`. */
  readonly rows: Uint32Array
  /** Rows of the other side that it touches (r), ascending. */
  readonly others: Uint32Array
  /** The tab is known to have all of them. */
  readonly isAllThere: boolean
  readonly side: Side
  readonly other: Side
  readonly rank: number
  readonly hasBias: boolean
  /** Factors are halves, and travel as such to a tab with a memory. */
  readonly isHalf: boolean
  /** Implicit, (K, K); or empty. */
  readonly gram: Float64Array
  /** The tab begins with the block's rows as they are (ccd). */
  readonly hasStart: boolean
}

/** As kernels take it (buffers.ts). */
export function wholeLease(parts: Parts): Arrays {
  const { scalars, slot, column, rows, others, side, other, rank, hasBias, gram } = parts
  const start = parts.hasStart ? startOf(side, rows, rank) : new Float32Array(0)
  const offsets = hasBias ? gather(other.bias, others, 1) : new Float32Array(0)
  const factors = gather(other.factors, others, rank)
  return { scalars, slot, column, others, factors, offsets, gram, start }
}

/**
 * As a tab with a memory takes it. `isFirst`: nobody else computes this block; the rows of a lease
 * that was doubled may be newer in the memory than the ones it begins with.
 */
export function packedLease(parts: Parts, known: Known, isFirst: boolean): Arrays {
  const { scalars, slot, column, rows, others, side, other, rank, hasBias } = parts
  const sideNumber = Number(side.name === 'items')
  const sizes = Uint32Array.of(sideNumber, side.count, Number(known.isNew))
  known.isNew = false
  const isMarked = bytesOfBits(other.count) < others.byteLength
  const gram = known.gram === parts.gram ? new Float64Array(0) : parts.gram
  if (parts.gram.length > 0) known.gram = parts.gram
  const news = parts.isAllThere ? allHeld(others) : notHeld(known, other, others)
  const mine = parts.hasStart ? (isFirst ? notHeld(known, side, rows) : allOf(rows)) : allOf(none)
  const fresh = gather(other.factors, news.rows, rank)
  for (const row of news.rows) learn(known, other, row)
  if (isFirst) for (const row of mine.rows) learn(known, side, row)
  return {
    ...{ scalars, sizes, runs: rollUp(slot, column, rows) },
    others: isMarked ? none : others,
    marks: isMarked ? marksOf(others, other.count) : new Uint8Array(0),
    held: news.held,
    ...(parts.isHalf
      ? { halves: toHalves(fresh), factors: new Float32Array(0) }
      : { halves: new Uint16Array(0), factors: fresh }),
    offsets: hasBias ? gather(other.bias, news.rows, 1) : new Float32Array(0),
    ...{ gram, own: mine.held, start: startOf(side, mine.rows, rank) },
  }
}

const none = new Uint32Array(0)

/** Rows that the tab lacks, and a bit for each of the others. */
function notHeld(known: Known, side: Side, rows: Uint32Array) {
  const held = new Uint8Array(bytesOfBits(rows.length))
  const missing = new Uint32Array(rows.length)
  let count = 0
  for (let v = 0; v < rows.length; v++) {
    if (has(known, side, rows[v]!)) setBit(held, v)
    else missing[count++] = rows[v]!
  }
  return { held, rows: missing.subarray(0, count) }
}

const allHeld = (rows: Uint32Array) => ({
  held: new Uint8Array(bytesOfBits(rows.length)).fill(255),
  rows: none,
})

const allOf = (rows: Uint32Array) => ({ held: new Uint8Array(bytesOfBits(rows.length)), rows })

function marksOf(rows: Uint32Array, count: number): Uint8Array {
  const marks = new Uint8Array(bytesOfBits(count))
  for (const row of rows) setBit(marks, row)
  return marks
}

function gather(from: Float32Array, index: Uint32Array, width: number): Float32Array {
  const to = new Float32Array(index.length * width)
  for (let p = 0; p < index.length; p++) {
    const at = index[p]! * width
    for (let k = 0; k < width; k++) to[p * width + k] = from[at + k]!
  }
  return to
}

/** Rows as they are: factors, then the bias, (m, D). */
function startOf(side: Side, rows: Uint32Array, rank: number): Float32Array {
  const width = rank + Number(side.bias.length > 0)
  const start = new Float32Array(rows.length * width)
  rows.forEach((row, v) => {
    start.set(side.factors.subarray(row * rank, (row + 1) * rank), v * width)
    if (width > rank) start[v * width + rank] = side.bias[row]!
  })
  return start
}
