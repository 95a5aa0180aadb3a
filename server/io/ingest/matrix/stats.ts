/**
 * What ingest learns of every column while it reads: non-zeros, the narrowest type that holds all
 * values, whether they vary, and (to impute) the sum and the number of missing ones.
 *
 * Typed arrays indexed by column, not objects: d may be millions.
 */
import { UserError } from '../../../../shared/errors.ts'
import { VALUE_TYPES, type ValueType } from '../../../../shared/shard.ts'
import type { Cells } from './cells.ts'

const VARIED = 0x80
const TYPE_BITS = 0x7f

/** Index in VALUE_TYPES of the narrowest type that holds x exactly. */
export function typeCodeOf(x: number): number {
  if (x === (x | 0)) {
    if (x >= 0) {
      if (x < 4) return 0
      if (x < 256) return 1
    }
    if (x >= -32768 && x < 32768) return 2
  }
  return Math.fround(x) === x ? 3 : 4
}

export class ColumnStats {
  /** (d) values that are not zero. */
  nonZeros: Uint32Array
  /** (d) type code, and VARIED once two non-zero values differ. */
  #flags: Uint8Array
  /** (d) first non-zero value. */
  #first: Float64Array
  /** (d) missing values; (0) unless imputing. */
  #missing: Uint32Array
  /** (d) sum of the values; (0) unless imputing. */
  #sums: Float64Array
  /** (d) what a missing value becomes; known after `settle`. */
  means: Float64Array | null = null
  columns: number
  readonly imputes: boolean
  readonly #byteCounts = new Uint32Array(256)

  constructor(columns: number, imputes: boolean) {
    this.columns = columns
    this.imputes = imputes
    this.nonZeros = new Uint32Array(columns)
    this.#flags = new Uint8Array(columns)
    this.#first = new Float64Array(columns)
    this.#missing = new Uint32Array(imputes ? columns : 0)
    this.#sums = new Float64Array(imputes ? columns : 0)
  }

  /** Make room for column j, for files that do not say how many there are. */
  reserve(j: number): void {
    if (j < this.columns) return
    const size = this.nonZeros.length
    if (j >= size) this.#resize(Math.max(j + 1, 2 * size, 1024))
    this.columns = j + 1
  }

  #resize(size: number): void {
    const grow = <T extends Uint8Array | Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from)
      return into
    }
    this.nonZeros = grow(new Uint32Array(size), this.nonZeros)
    this.#flags = grow(new Uint8Array(size), this.#flags)
    this.#first = grow(new Float64Array(size), this.#first)
    if (!this.imputes) return
    this.#missing = grow(new Uint32Array(size), this.#missing)
    this.#sums = grow(new Float64Array(size), this.#sums)
  }

  /** Count a finite value other than zero. */
  add(j: number, x: number): void {
    const seen = this.nonZeros[j]!
    this.nonZeros[j] = seen + 1
    const flags = this.#flags[j]!
    const code = typeCodeOf(x)
    if (code > (flags & TYPE_BITS)) this.#flags[j] = (flags & VARIED) | code
    if (seen === 0) this.#first[j] = x
    else if (x !== this.#first[j]) this.#flags[j]! |= VARIED
    if (this.imputes) this.#sums[j]! += x
  }

  /** The same for many entries, each of its column (length); there is room for all of them. */
  addEntries(columns: Uint32Array, xs: Float64Array): void {
    const { nonZeros } = this
    const [flags, first] = [this.#flags, this.#first]
    const wideCode = VALUE_TYPES.length - 1
    for (let k = 0; k < xs.length; k++) {
      const j = columns[k]!
      const x = xs[k]!
      const seen = nonZeros[j]!
      nonZeros[j] = seen + 1
      let flag = flags[j]!
      if ((flag & TYPE_BITS) !== wideCode)
        flag = (flag & VARIED) | Math.max(flag & TYPE_BITS, typeCodeOf(x))
      if (seen === 0) first[j] = x
      else if (x !== first[j]) flag |= VARIED
      flags[j] = flag
    }
    if (this.imputes) for (let k = 0; k < xs.length; k++) this.#sums[columns[k]!]! += xs[k]!
  }

  /**
   * The same for many cells of column j, zeros among them, that are bytes: what genotypes and pixels
   * come as. No branch that hangs on a cell: counting values is several times as fast as looking at each.
   */
  addBytes(j: number, cells: Uint8Array): void {
    const counts = this.#byteCounts.fill(0)
    for (let k = 0; k < cells.length; k++) counts[cells[k]!]!++
    for (let x = 1; x < 256; x++) {
      const count = counts[x]!
      if (count === 0) continue
      this.add(j, x)
      this.nonZeros[j]! += count - 1
      if (this.imputes) this.#sums[j]! += (count - 1) * x
    }
  }

  /**
   * The same for cells of any type, among which there may be zeros and, when imputing, missing ones.
   * Turns −0 into 0, so that equal data have equal bytes. Returns the place of a cell that is neither
   * finite nor missing, or −1.
   */
  addCells(j: number, cells: Cells): number {
    const wideCode = VALUE_TYPES.length - 1
    let [nonZeros, missing, sum] = [0, 0, this.imputes ? this.#sums[j]! : 0]
    let code = this.#flags[j]! & TYPE_BITS
    let isVaried = (this.#flags[j]! & VARIED) !== 0
    let first = this.nonZeros[j] === 0 ? 0 : this.#first[j]!
    for (let k = 0; k < cells.length; k++) {
      const x = cells[k]!
      if (x === 0) {
        cells[k] = 0
        continue
      }
      if (x - x !== 0) {
        if (!this.imputes || !Number.isNaN(x)) return k
        missing++
        continue
      }
      nonZeros++
      if (code < wideCode) code = Math.max(code, typeCodeOf(x))
      if (first === 0) first = x
      else if (x !== first) isVaried = true
      sum += x
    }
    this.nonZeros[j]! += nonZeros
    this.#first[j] = first
    this.#flags[j] = (isVaried ? VARIED : 0) | code
    if (this.imputes) {
      this.#missing[j]! += missing
      this.#sums[j] = sum
    }
    return -1
  }

  addMissing(j: number): void {
    this.#missing[j]!++
  }

  /** Leave out column 0, which a file that counts from 1 never uses. */
  dropFirst(): void {
    this.nonZeros = this.nonZeros.subarray(1)
    this.#flags = this.#flags.subarray(1)
    this.#first = this.#first.subarray(1)
    this.#missing = this.#missing.subarray(this.imputes ? 1 : 0)
    this.#sums = this.#sums.subarray(this.imputes ? 1 : 0)
    this.columns--
  }

  /**
   * Everything was read: choose the means and count the imputed values in. Returns how many columns
   * are constant. `placeOf` names a column for people.
   */
  settle(rows: number, placeOf: (j: number) => string): number {
    let constant = 0
    for (let j = 0; j < this.columns; j++) {
      const missing = this.imputes ? this.#missing[j]! : 0
      const present = rows - missing
      const full = this.nonZeros[j] === present && (this.#flags[j]! & VARIED) === 0
      if (this.nonZeros[j] === 0 || full) constant++
      if (missing > 0) this.#impute(j, missing, present, full, placeOf)
    }
    return constant
  }

  #impute(
    j: number,
    missing: number,
    present: number,
    full: boolean,
    placeOf: (j: number) => string,
  ): void {
    if (present === 0)
      throw new UserError(
        `${placeOf(j)} has no value in any row, so there is no mean to impute; remove the column.`,
      )
    // Equal values have exactly that mean, whatever the rounding of their sum.
    const mean = full ? this.#first[j]! : this.#sums[j]! / present
    if (mean - mean !== 0)
      throw new UserError(
        `${placeOf(j)} has a sum too large for its mean to be imputed; rescale the column.`,
      )
    this.means ??= new Float64Array(this.columns)
    this.means[j] = mean
    if (mean === 0) return
    this.nonZeros[j]! += missing
    this.#flags[j] = Math.max(this.#flags[j]! & TYPE_BITS, typeCodeOf(mean)) | VARIED
  }

  /** Index in VALUE_TYPES of the narrowest type for column j. */
  typeCode(j: number): number {
    return this.#flags[j]! & TYPE_BITS
  }

  hasMissing(j: number): boolean {
    return this.imputes && this.#missing[j]! > 0
  }
}

export const typeOfCode = (code: number): ValueType => VALUE_TYPES[code]!
