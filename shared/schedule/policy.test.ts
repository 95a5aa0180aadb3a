/** What every picker promises, and what the dependency filter lets through. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { AllPairs, type Filter, Nearest, SparseRows } from './dependency.ts'
import { makeFamily } from './families.ts'
import { openPicker } from './openPicker.ts'
import { POLICIES, type Switches } from './policy.ts'

const switches: Switches = {
  ...{ policy: 'sap', power: 1, eta: 'adaptive', warmup: 0 },
  ...{ candidates: 3, rho: 0.1 },
}
const family = makeFamily('neighbours', { seed: 4, rows: 60, columns: 300 })

/** |x_jᵀx_k| by plain loops. */
function correlation(j: number, k: number): number {
  const { starts, rowIndex, values } = family
  let sum = 0
  for (let a = starts[j]!; a < starts[j + 1]!; a++)
    for (let b = starts[k]!; b < starts[k + 1]!; b++)
      if (rowIndex[a] === rowIndex[b]) sum += values[a]! * values[b]!
  return Math.abs(sum)
}

const variables = (filter: (rho: number) => Filter) => ({
  count: 300,
  filter,
  step: (j: number) => Math.sin(j) + 2,
  within: true,
})
const filters = {
  AllPairs: (rho: number) => new AllPairs(correlation, rho),
  SparseRows: (rho: number) => new SparseRows(family, rho),
}

describe.each(POLICIES)('%s', (policy) => {
  it('picks distinct variables that nobody holds, and none that is retired', () => {
    const random = seededRandom(2)
    const picker = openPicker({ ...switches, policy }, variables(filters.SparseRows), random)
    for (let j = 0; j < 300; j += 10) picker.retire(j)
    const flights: Uint32Array[] = []
    for (let turn = 0; turn < 100; turn++) {
      const held = new Set(flights.flatMap((index) => [...index]))
      const index = picker.next(1 + random.below(20))
      for (const j of index) held.add(j)
      expect(held.size).toBe(flights.reduce((sum, f) => sum + f.length, 0) + index.length)
      expect(index.some((j) => j % 10 === 0)).toBe(false)
      flights.push(index)
      while (flights.length > random.below(4)) {
        const [done] = flights.splice(random.below(flights.length), 1)
        if (random.below(3) === 0) picker.released(done!)
        else
          picker.settled(
            done!,
            Float64Array.from(done!, () => random.normal()),
          )
      }
    }
  })

  it('comes to every variable sooner or later', () => {
    const random = seededRandom(6)
    // Steps shrink as a variable is visited, as they do in a descent.
    const visits = new Float64Array(300)
    const given = { ...variables(filters.AllPairs), step: (j: number) => 1 / (1 + visits[j]!) }
    const picker = openPicker({ ...switches, policy, eta: 0.1 }, given, random)
    for (let turn = 0; turn < 2_000; turn++) {
      const index = picker.next(8)
      for (const j of index) visits[j]!++
      picker.settled(
        index,
        Float64Array.from(index, (j) => 0.5 ** visits[j]!),
      )
    }
    expect(Math.min(...visits)).toBeGreaterThan(0)
  })
})

describe('the dependency filter', () => {
  it.each(Object.entries(filters))(
    '%s never admits a pair correlated by ρ or more',
    (_, filter) => {
      for (const rho of [0.05, 0.1, 0.3]) {
        const random = seededRandom(9)
        const picker = openPicker({ ...switches, rho }, variables(filter), random)
        let flights: Uint32Array[] = []
        for (let turn = 0; turn < 30; turn++) {
          flights.push(picker.next(16))
          const held = flights.flatMap((index) => [...index])
          for (const j of held)
            for (const k of held) if (j < k) expect(correlation(j, k)).toBeLessThan(rho)
          if (flights.length === 3) {
            for (const index of flights) picker.settled(index, Float64Array.from(index, Math.sin))
            flights = []
          }
        }
      }
    },
  )

  it('SparseRows answers as AllPairs does, through adding and removing', () => {
    const random = seededRandom(1)
    const [all, rows] = [new AllPairs(correlation, 0.2), new SparseRows(family, 0.2)]
    const held: number[] = []
    for (let turn = 0; turn < 800; turn++) {
      const j = random.below(300)
      if (held.includes(j)) continue
      expect(rows.conflicts(j)).toBe(all.conflicts(j))
      if (random.below(2) === 0) {
        held.push(j)
        for (const filter of [all, rows]) filter.add(j)
      }
      if (held.length > 12) {
        const [gone] = held.splice(random.below(held.length), 1)
        for (const filter of [all, rows]) filter.remove(gone!)
      }
    }
  })

  it('Nearest looks at the nearest on each side, and at nothing when nothing is held', () => {
    const asked: number[] = []
    const filter = new Nearest(40, (_, k) => Number(asked.push(k) < 0), 0.5, 2)
    expect(filter.conflicts(5)).toBe(false)
    for (const j of [9, 1, 7, 20, 3, 12]) filter.add(j)
    filter.remove(12)
    filter.conflicts(8)
    expect(asked.sort((a, b) => a - b)).toEqual([3, 7, 9, 20])
  })

  it('lets a variable that depends on all others have its turn', () => {
    const filter = (rho: number): Filter => new AllPairs((j, k) => Number(j * k === 0), rho)
    const picker = openPicker(
      { ...switches, policy: 'dependency', candidates: 1 },
      { count: 12, filter, step: () => 0, within: true },
      seededRandom(7),
    )
    const flights: Uint32Array[] = []
    let turns = 0
    for (let visited = false; !visited; turns++) {
      const index = picker.next(2)
      visited = index.includes(0)
      if (index.length > 0) flights.push(index)
      // Two sets overlap, always.
      if (flights.length > 1 || index.length === 0)
        picker.settled(flights.shift() ?? [], new Float64Array(2))
    }
    expect(turns).toBeLessThan(2_000)
  })

  it('keeps what was rejected twice as soon as nothing is in flight', () => {
    // 0 depends on all, and so many others are rejected in each round that it is one of many.
    const depends = (j: number, k: number): boolean => j * k === 0 || j % 10 === k % 10
    const filter = (rho: number): Filter => new AllPairs((j, k) => Number(depends(j, k)), rho)
    const waits = Array.from({ length: 20 }, (_, seed) => {
      const picker = openPicker(
        { ...switches, policy: 'dependency' },
        { count: 200, filter, step: () => 0, within: true },
        seededRandom(seed),
      )
      for (let turn = 1; ; turn++) {
        const index = picker.next(20)
        if (index.includes(0)) return turn
        picker.settled(index, new Float64Array(20))
      }
    })
    // 22 rounds; 176 where it is rejected again and forgotten.
    expect(waits.reduce((a, b) => a + b, 0) / 20).toBeLessThan(60)
  })

  it('caps the block family near the number of groups', () => {
    const blocks = makeFamily('blocks', { seed: 3, rows: 500, columns: 400 })
    const filter = (rho: number): Filter => new SparseRows(blocks, rho)
    const picker = openPicker(
      { ...switches, policy: 'dependency' },
      { count: 400, filter, step: () => 0, within: true },
      seededRandom(3),
    )
    const sizes = Array.from({ length: 20 }, () => {
      const index = picker.next(64)
      picker.released(index)
      return index.length
    })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12)
  })
})
