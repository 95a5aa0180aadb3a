/** What happens when: a binary heap by time; what is due at the same time happens as it was planned. */
export class Agenda {
  nowMs = 0
  #planned = 0
  readonly #heap: { atMs: number; order: number; action: () => void }[] = []

  after(delayMs: number, action: () => void): void {
    this.at(this.nowMs + delayMs, action)
  }

  at(atMs: number, action: () => void): void {
    const heap = this.#heap
    heap.push({ atMs: Math.max(atMs, this.nowMs), order: this.#planned++, action })
    let i = heap.length - 1
    while (i > 0 && this.#before(i, (i - 1) >> 1)) {
      this.#swap(i, (i - 1) >> 1)
      i = (i - 1) >> 1
    }
  }

  /** Do the next thing; false when there is none. */
  next(): boolean {
    const heap = this.#heap
    const first = heap[0]
    if (!first) return false
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      for (let i = 0; ; ) {
        let least = i
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && this.#before(child, least)) least = child
        if (least === i) break
        this.#swap(i, least)
        i = least
      }
    }
    this.nowMs = first.atMs
    first.action()
    return true
  }

  #before(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i]!, this.#heap[j]!]
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  #swap(i: number, j: number): void {
    const kept = this.#heap[i]!
    this.#heap[i] = this.#heap[j]!
    this.#heap[j] = kept
  }
}
