/**
 * Who depends on whom, in two bits a pair: the dependency filter of data sets on which many runs ask
 * for the same pairs. Exact, as AllPairs is; a pair is computed when it is first asked for, and a
 * question about pairs that are known is one pass over d bits, however much is held.
 *
 * For 10 346 genotypes the bits take 27 MB, row by row, where a table of correlations in two bytes
 * takes 200 MB, which no cache holds.
 */
import type { Correlation, Filter } from '../../shared/schedule/dependency.ts'

interface Row {
  /** Was the pair ever asked for? */
  readonly known: Uint32Array
  /** Is its correlation ρ or more? Never set where it is not known. */
  readonly conflict: Uint32Array
}

/** What all runs of a problem have asked for at one ρ. */
class Conflicts {
  /** u32 a row. */
  readonly words: number
  readonly #rho: number
  readonly #correlation: Correlation
  readonly #rows: (Row | undefined)[]

  constructor(variables: number, rho: number, correlation: Correlation) {
    this.words = (variables + 31) >> 5
    this.#rho = rho
    this.#correlation = correlation
    this.#rows = new Array(variables)
  }

  row(j: number): Row {
    this.#rows[j] ??= {
      known: new Uint32Array(this.words),
      conflict: new Uint32Array(this.words),
    }
    return this.#rows[j]
  }

  /** Compute a pair, for both its rows. */
  ask(j: number, k: number): boolean {
    const isConflict = this.#correlation(j, k) >= this.#rho
    for (const [a, b] of [
      [j, k],
      [k, j],
    ] as const) {
      // biome-ignore format: pairs
      const { known, conflict } = this.row(a)
      known[b >> 5]! |= 1 << (b & 31)
      if (isConflict) conflict[b >> 5]! |= 1 << (b & 31)
    }
    return isConflict
  }
}

class BitFilter implements Filter {
  readonly #conflicts: Conflicts
  readonly #held: Uint32Array // (⌈d/32⌉)

  constructor(conflicts: Conflicts) {
    this.#conflicts = conflicts
    this.#held = new Uint32Array(conflicts.words)
  }

  conflicts(j: number): boolean {
    const { known, conflict } = this.#conflicts.row(j)
    const held = this.#held
    let isKnown = true
    for (let w = 0; w < held.length; w++) {
      if ((held[w]! & conflict[w]!) !== 0) return true
      if ((held[w]! & ~known[w]!) !== 0) isKnown = false
    }
    return !isKnown && this.#asked(j, known)
  }

  add(j: number): void {
    this.#held[j >> 5]! |= 1 << (j & 31)
  }

  remove(j: number): void {
    this.#held[j >> 5]! &= ~(1 << (j & 31))
  }

  /** The pairs that nobody has asked for yet, until one conflicts. */
  #asked(j: number, known: Uint32Array): boolean {
    for (const [w, bits] of this.#held.entries()) {
      for (let left = bits & ~known[w]!; left !== 0; left &= left - 1) {
        const k = 32 * w + 31 - Math.clz32(left & -left)
        if (this.#conflicts.ask(j, k)) return true
      }
    }
    return false
  }
}

/** Filters of any ρ on the same d columns. */
export function conflictFilters(
  variables: number,
  correlation: Correlation,
): (rho: number) => Filter {
  const byRho = new Map<number, Conflicts>()
  return (rho) => {
    const conflicts = byRho.get(rho) ?? new Conflicts(variables, rho, correlation)
    byRho.set(rho, conflicts)
    return new BitFilter(conflicts)
  }
}
