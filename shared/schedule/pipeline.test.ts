/** Bounded staleness: how far leases may run ahead. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { Pipeline } from './pipeline.ts'
import { leaseMs } from './sizing.ts'

describe('Pipeline', () => {
  it.each([0, 1, 3])('depth %i: a lease lacks at most that many waves before its own', (depth) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (slots, seed) => {
        const random = seededRandom(seed)
        const pipeline = new Pipeline(depth)
        const open: number[] = []
        let latest = 0
        for (let turn = 0; turn < 200; turn++) {
          if (random.below(2) === 0 && pipeline.isOpen(slots)) {
            const wave = pipeline.begin(slots)
            expect(wave).toBeGreaterThanOrEqual(latest)
            latest = wave
            for (const other of open) expect(wave - other).toBeLessThanOrEqual(depth)
            open.push(wave)
          } else if (open.length > 0) pipeline.end(open.splice(random.below(open.length), 1)[0]!)
        }
        // Nobody waits for ever: when all have ended, the next may begin.
        for (const wave of open) pipeline.end(wave)
        expect(pipeline.isOpen(slots)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('without a depth nobody waits', () => {
    const pipeline = new Pipeline(null)
    for (let k = 0; k < 100; k++) {
      expect(pipeline.isOpen(1)).toBe(true)
      pipeline.begin(1)
    }
  })
})

describe('leaseMs', () => {
  it('is ten round trips at least and two seconds at most', () => {
    expect(leaseMs(50, 2)).toBe(50)
    expect(leaseMs(50, 50)).toBe(500)
    expect(leaseMs(50, 300)).toBe(2000)
  })
})
