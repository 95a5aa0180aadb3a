/**
 * Load balance: cutting work (non-zeros) into parts that end at the same time on workers of
 * different speeds. A part's load is Σ work / speed; the slowest part is what a round waits for.
 */

/** Item → part, by count alone: contiguous runs of equal length. What STRADS beats. */
export function equalCount(items: number, parts: number): Uint32Array {
  return Uint32Array.from({ length: items }, (_, k) => Math.floor((k * parts) / items))
}

/**
 * Contiguous runs of equal work per speed, cut where the prefix sum passes each worker's share.
 * O(items); load ≤ the ideal + one item. Keeps neighbours together.
 */
export function prefixSums(work: ArrayLike<number>, speeds: ArrayLike<number>): Uint32Array {
  const part = new Uint32Array(work.length)
  let total = 0
  for (let k = 0; k < work.length; k++) total += work[k]!
  let speed = 0
  for (let p = 0; p < speeds.length; p++) speed += speeds[p]!
  let p = 0
  let end = (total * speeds[0]!) / speed
  let sum = 0
  for (let k = 0; k < work.length; k++) {
    // An item belongs where its middle lies.
    while (p < speeds.length - 1 && sum + work[k]! / 2 > end) end += (total * speeds[++p]!) / speed
    part[k] = p
    sum += work[k]!
  }
  return part
}

/**
 * Longest processing time first (Graham 1969): the largest item to the worker that would end it
 * first. Within 4/3 of the optimum on equal workers; O(items·log items + items·log parts).
 */
export function lpt(work: ArrayLike<number>, speeds: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: work.length }, (_, k) => k)
  order.sort((a, b) => work[b]! - work[a]! || a - b)
  const part = new Uint32Array(work.length)
  const load = new Float64Array(speeds.length)
  const isEqual = Array.from(speeds).every((speed) => speed === speeds[0])
  const heap = isEqual ? Uint32Array.from(load, (_, p) => p) : null
  for (const k of order) {
    const p = heap ? heap[0]! : soonest(load, speeds, work[k]!)
    part[k] = p
    load[p]! += work[k]!
    if (heap) siftDown(heap, load)
  }
  return part
}

/** The worker that would end an item first; with different speeds the least loaded need not be it. */
function soonest(load: Float64Array, speeds: ArrayLike<number>, item: number): number {
  let best = 0
  for (let p = 1; p < load.length; p++)
    if ((load[p]! + item) / speeds[p]! < (load[best]! + item) / speeds[best]!) best = p
  return best
}

function siftDown(heap: Uint32Array, load: Float64Array): void {
  for (let i = 0; ; ) {
    let least = i
    for (const child of [2 * i + 1, 2 * i + 2])
      if (child < heap.length && load[heap[child]!]! < load[heap[least]!]!) least = child
    if (least === i) return
    const kept = heap[i]!
    heap[i] = heap[least]!
    heap[least] = kept
    i = least
  }
}

/** Largest over mean of the parts' loads: 1 is perfect. */
export function imbalance(
  work: ArrayLike<number>,
  part: ArrayLike<number>,
  speeds: ArrayLike<number>,
): number {
  const load = new Float64Array(speeds.length)
  for (let k = 0; k < work.length; k++) load[part[k]!]! += work[k]!
  let total = 0
  let speed = 0
  let largest = 0
  for (let p = 0; p < load.length; p++) {
    total += load[p]!
    speed += speeds[p]!
    largest = Math.max(largest, load[p]! / speeds[p]!)
  }
  return total === 0 ? 1 : largest / (total / speed)
}

export const BALANCES = ['lpt', 'prefix', 'count'] as const
export type Balance = (typeof BALANCES)[number]

/** Item → part by the rule of that name. */
export function balanced(
  rule: Balance,
  work: ArrayLike<number>,
  speeds: ArrayLike<number>,
): Uint32Array {
  switch (rule) {
    case 'lpt':
      return lpt(work, speeds)
    case 'prefix':
      return prefixSums(work, speeds)
    case 'count':
      return equalCount(work.length, speeds.length)
  }
}
