/** A list of f64 whose length is known at the end. */
export class Growing {
  #values = new Float64Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(x: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = x
  }

  pushAll(xs: Float64Array): void {
    for (let k = 0; k < xs.length; k++) this.push(xs[k]!)
  }

  finish(): Float64Array {
    return this.#values.slice(0, this.#length)
  }
}
