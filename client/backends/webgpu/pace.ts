/**
 * How much work to hand to the GPU at once.
 *
 * A GPU draws the screen between two dispatches, not during one, and drivers reset a device that has
 * not answered for two seconds. Hence a run is cut into slices that take `SLICE_MS` at the speed
 * measured so far: long against the some 0.2 ms that a submission costs, short against 100 ms, which
 * a slice may take where the speed has been overrated threefold.
 */

export const SLICE_MS = 30
/** The first slice: units are a few operations each, so no GPU takes long for it. */
const UNITS_FIRST = 2e6
/** A slice may be so many times as large as the one before: the speed of small ones says little. */
const GROWTH = 4

export class Pace {
  #unitsPerMs = UNITS_FIRST / SLICE_MS
  #largest = UNITS_FIRST

  /** Units of the next slice. */
  get units(): number {
    return Math.min(SLICE_MS * this.#unitsPerMs, GROWTH * this.#largest)
  }

  /**
   * A slice of so many units took so long. Too slow is believed at once; how fast it may be only from
   * slices that were nearly as large as they might be, for small ones are all submission.
   */
  took(units: number, ms: number): void {
    const seen = units / Math.max(ms, 0.05)
    if (ms > SLICE_MS) this.#unitsPerMs = seen
    else if (units >= this.units / 2) this.#unitsPerMs = (this.#unitsPerMs + seen) / 2
    this.#largest = Math.max(this.#largest, units)
  }

  /**
   * Cut items 0 … count − 1 into slices; each is at least one item, however large. `run` does items
   * `from` … `to` − 1, the last slice ending at `count`, and resolves to the milliseconds that took.
   */
  async each(
    count: number,
    unitsOf: (item: number) => number,
    run: (from: number, to: number) => Promise<number>,
  ): Promise<void> {
    for (let from = 0, to = 0; from < count; from = to) {
      const most = this.units
      let units = 0
      while (to < count && (to === from || units + unitsOf(to) <= most)) units += unitsOf(to++)
      this.took(units, await run(from, to))
    }
  }
}
