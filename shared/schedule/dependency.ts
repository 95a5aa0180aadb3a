/**
 * May two variables be updated at once? STRADS keeps j out of a set while |corr(x_j, x_k)| ≥ ρ for
 * a k that is kept or in flight. The interference identity says why: parallel exact steps lower a
 * lasso's objective by at least ½Σδ²(1 − ρ(|B| − 1)).
 *
 * A filter holds what is kept or in flight and is asked about candidates. Three ways to answer:
 *
 *   AllPairs    every pair, exactly: |kept| correlations a candidate
 *   SparseRows  every pair, exactly, for sparse columns: an index by rows finds the few that overlap;
 *               for 25 non-zeros in 450 rows and 50 kept it takes 0.3 µs a candidate, merging 3.5 µs
 *   Nearest     the nearest few by index, exactly: where thousands are in flight and what correlates
 *               most lies side by side (genomes, spectra, series)
 */
import { SortedBits } from './sortedBits.ts'

/** |corr(x_j, x_k)|, 0 when either is constant. */
export type Correlation = (j: number, k: number) => number

export interface Filter {
  /** Does j depend on something that was added? */
  conflicts(j: number): boolean
  add(j: number): void
  remove(j: number): void
}

/** ρ = 1: the filter is off. */
export const NO_FILTER: Filter = { conflicts: () => false, add: () => {}, remove: () => {} }

/** Pairs kept, a power of two: 12 bytes each, 0.8 MB. */
const PAIRS = 1 << 16

/**
 * The same correlations, remembered: for columns so long that a product costs more than a look-up.
 * A pair has one place, and takes it from whatever was there. Measured on a busy machine: a look-up
 * 0.03 to 0.1 µs, the product of two sparse columns of 25 non-zeros 0.6 µs, of two genotype columns of
 * 1814 rows 13 µs. (A Map would keep 40 bytes a pair.)
 */
export function remembered(variables: number, correlation: Correlation): Correlation {
  const keys = new Float64Array(PAIRS).fill(-1)
  const values = new Float32Array(PAIRS)
  return (a, b) => {
    const [j, k] = a < b ? [a, b] : [b, a]
    const key = j * variables + k
    const place = (Math.imul(j, 0x9e3779b1) + k) & (PAIRS - 1)
    if (keys[place] !== key) {
      keys[place] = key
      values[place] = correlation(a, b)
    }
    return values[place]!
  }
}

export class AllPairs implements Filter {
  readonly #correlation: Correlation
  readonly #rho: number
  readonly #held = new Set<number>()

  constructor(correlation: Correlation, rho: number) {
    this.#correlation = correlation
    this.#rho = rho
  }

  conflicts(j: number): boolean {
    for (const k of this.#held) if (this.#correlation(j, k) >= this.#rho) return true
    return false
  }

  add(j: number): void {
    this.#held.add(j)
  }

  remove(j: number): void {
    this.#held.delete(j)
  }
}

export class Nearest implements Filter {
  readonly #correlation: Correlation
  readonly #rho: number
  /** Looked at on each side. */
  readonly #count: number
  readonly #held: SortedBits

  constructor(variables: number, correlation: Correlation, rho: number, count: number) {
    this.#held = new SortedBits(variables)
    this.#correlation = correlation
    this.#rho = rho
    this.#count = count
  }

  conflicts(j: number): boolean {
    let [left, right] = [j, j - 1]
    for (let looked = 0; looked < this.#count; looked++) {
      left = left < 0 ? -1 : this.#held.previous(left - 1)
      if (left >= 0 && this.#correlation(j, left) >= this.#rho) return true
      right = looked > 0 && right < 0 ? -1 : this.#held.next(right + 1)
      if (right >= 0 && this.#correlation(j, right) >= this.#rho) return true
    }
    return false
  }

  add(j: number): void {
    this.#held.add(j)
  }

  remove(j: number): void {
    this.#held.remove(j)
  }
}

/** Sparse columns of norm 1 that are not centred: the correlation is their product. */
export interface UnitColumns {
  readonly rows: number
  readonly starts: ArrayLike<number> // (d + 1)
  readonly rowIndex: ArrayLike<number> // (nnz)
  readonly values: ArrayLike<number> // (nnz)
}

export class SparseRows implements Filter {
  readonly #columns: UnitColumns
  readonly #rho: number
  /** Per row, what was added and has an entry there: slot, value, slot, value, … */
  readonly #byRow: number[][]
  readonly #slotOf = new Map<number, number>()
  readonly #freeSlots: number[] = []
  #products = new Float64Array(64) // (slots) zero between questions

  constructor(columns: UnitColumns, rho: number) {
    this.#columns = columns
    this.#rho = rho
    this.#byRow = Array.from({ length: columns.rows }, () => [])
  }

  conflicts(j: number): boolean {
    const { starts, rowIndex, values } = this.#columns
    const products = this.#products
    const end = starts[j + 1]!
    for (let e = starts[j]!; e < end; e++) {
      const row = this.#byRow[rowIndex[e]!]!
      const x = values[e]!
      for (let k = 0; k < row.length; k += 2) products[row[k]!]! += row[k + 1]! * x
    }
    const slots = this.#slotOf.size + this.#freeSlots.length
    let largest = 0
    for (let slot = 0; slot < slots; slot++) {
      largest = Math.max(largest, Math.abs(products[slot]!))
      products[slot] = 0
    }
    return largest >= this.#rho
  }

  add(j: number): void {
    const { starts, rowIndex, values } = this.#columns
    const slot = this.#freeSlots.pop() ?? this.#slotOf.size
    this.#slotOf.set(j, slot)
    if (slot >= this.#products.length) this.#products = new Float64Array(2 * slot)
    for (let e = starts[j]!; e < starts[j + 1]!; e++)
      this.#byRow[rowIndex[e]!]!.push(slot, values[e]!)
  }

  remove(j: number): void {
    const { starts, rowIndex } = this.#columns
    const slot = this.#slotOf.get(j)
    if (slot === undefined) return
    this.#slotOf.delete(j)
    this.#freeSlots.push(slot)
    for (let e = starts[j]!; e < starts[j + 1]!; e++) {
      const row = this.#byRow[rowIndex[e]!]!
      let at = 0
      while (row[at] !== slot) at += 2
      // The last pair takes its place.
      row[at] = row[row.length - 2]!
      row[at + 1] = row[row.length - 1]!
      row.pop()
      row.pop()
    }
  }
}

/** Position of the first value ≥ `value` in an ascending list. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
