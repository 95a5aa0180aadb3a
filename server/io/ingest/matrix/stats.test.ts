/** Bytes counted by the run are what they are when counted one by one. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../../../shared/random.ts'
import { ColumnStats } from './stats.ts'

test.each([1, 2, 3, 255])('runs of bytes up to %i', (largest) => {
  const random = seededRandom(largest)
  for (const imputes of [false, true]) {
    const [byRun, byCell] = [new ColumnStats(20, imputes), new ColumnStats(20, imputes)]
    for (let j = 0; j < 20; j++) {
      // Columns of zeros, of one value, and of any; in two runs, as a file's chunks cut them.
      const any = () => (j < 4 ? 0 : j < 8 ? largest : random.below(largest + 1))
      const cells = Uint8Array.from({ length: 30 }, any)
      const cut = random.below(31)
      byRun.addBytes(j, cells.subarray(0, cut))
      byRun.addBytes(j, cells.subarray(cut))
      for (const x of cells) if (x !== 0) byCell.add(j, x)
    }
    expect(byRun.nonZeros).toEqual(byCell.nonZeros)
    const settled = (stats: ColumnStats) => stats.settle(30, (j) => `column ${j}`)
    expect(settled(byRun)).toBe(settled(byCell))
    for (let j = 0; j < 20; j++) expect(byRun.typeCode(j)).toBe(byCell.typeCode(j))
  }
})
