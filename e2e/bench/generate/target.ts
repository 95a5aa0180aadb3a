/** y of a generated problem: a sparse truth and noise, gathered while the columns stream by. */
import type { Random } from '../../../shared/random.ts'

/** Variables that matter. */
const TRUTH = 40

export class Target {
  readonly #coefficients = new Map<number, number>()
  readonly #signal: Float64Array

  constructor(random: Random, rows: number, columns: number) {
    this.#signal = new Float64Array(rows)
    while (this.#coefficients.size < Math.min(TRUTH, columns))
      this.#coefficients.set(random.below(columns), random.normal())
  }

  /** Does variable j matter? Then its column is asked for. */
  has(j: number): boolean {
    return this.#coefficients.has(j)
  }

  /** Column j, centred and scaled to variance 1 here; `valueAt` gives its rows. */
  add(j: number, valueAt: (i: number) => number): void {
    const signal = this.#signal
    const n = signal.length
    let [sum, squares] = [0, 0]
    for (let i = 0; i < n; i++) {
      sum += valueAt(i)
      squares += valueAt(i) ** 2
    }
    const mean = sum / n
    const deviation = Math.sqrt(squares / n - mean * mean)
    if (!(deviation > 0)) return
    const a = this.#coefficients.get(j)! / deviation
    for (let i = 0; i < n; i++) signal[i]! += a * (valueAt(i) - mean)
  }

  /** Signal and noise of `noiseShare` times its standard deviation (n). */
  finish(random: Random, noiseShare: number): Float64Array {
    const n = this.#signal.length
    const size = Math.sqrt(this.#signal.reduce((sum, v) => sum + v * v, 0) / n)
    return this.#signal.map((v) => v + noiseShare * size * random.normal())
  }
}
