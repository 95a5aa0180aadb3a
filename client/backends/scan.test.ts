/** Scans in whole numbers (shared/columns/whole.as.ts) at their bounds: nothing overflows, nothing is lost. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { buildKernels } from '../../server/setup/kernels.mjs'
import { dot } from '../../shared/columns.ts'
import { problem } from '../../shared/linear/problems.ts'
import { seededRandom } from '../../shared/random.ts'
import { encodeShard, openShard } from '../../shared/shard.ts'
import type { Arrays } from '../../shared/wire.ts'
import type { Backend } from './backend.ts'
import { choose } from './load.ts'

const ROWS = 4000
const COLUMNS = 20

let backend: Backend
beforeAll(async () => {
  const kernels = await buildKernels()
  backend = await choose('lasso', {
    module: readFileSync(kernels.find(({ app }) => app === 'lasso')!.path),
  })
})

/** What the kernel scans, and what plain loops do. */
function scans(valueType: 'u8' | 'i16', r: Float64Array, value: (j: number) => number) {
  const columns = Array.from({ length: COLUMNS }, (_, j) =>
    Float64Array.from({ length: r.length }, () => value(j)),
  )
  const shard = encodeShard({
    layout: 'dense',
    valueType,
    rows: r.length,
    firstColumn: 0,
    columns,
  })
  const none = { kinds: [], columnsPerShard: 0, weighted: false, centred: false, share: 0 }
  const { lease } = problem({ ...none, n: r.length, scan: true, sweepsMax: 0 }, seededRandom(1))
  backend.hold('shard', shard)
  try {
    const { gradient } = backend.run({ ...lease, residual: r } as Arrays, ['shard'])
    const opened = openShard(shard)
    return { gradient: gradient!, want: columns.map((_, j) => dot(opened, j, r)) }
  } finally {
    backend.drop('shard')
  }
}

test.each([
  // Every digit is the lowest that there is, but for the first, and so is every value.
  ['u8', 255, -(2 ** 45 + 2 ** 15 + 2 ** 31)],
  ['i16', -32_768, -(2 ** 45 + 2 ** 11 + 2 ** 23 + 2 ** 35)],
  ['i16', 32_767, 2 ** 46 - 2 ** 10],
] as const)('%s columns of %i meet an r of %i', (type, value, each) => {
  const r = new Float64Array(ROWS).fill(each)
  const { gradient, want } = scans(type, r, (j) => (j === 1 ? 1 : value))
  expect([...gradient]).toEqual(want.map(Math.fround))
})

test.each(['u8', 'i16'] as const)('%s columns and an r that is not for whole numbers', (type) => {
  const random = seededRandom(2)
  const value = (): number => random.below(200)
  const zeros = scans(type, new Float64Array(ROWS), value)
  expect([...zeros.gradient]).toEqual(zeros.want)
  const uneven = Float64Array.from({ length: ROWS }, (_, i) =>
    i === 7 ? 2 ** 60 : random.normal(),
  )
  for (const r of [uneven, uneven.map((each) => each * 2 ** -1060)]) {
    const { gradient, want } = scans(type, r, (j) => (j === 0 ? 0 : 1))
    expect([...gradient]).toEqual(want.map(Math.fround))
  }
})

test.each([1, 7, 8, 9, 16, 1000])('%i rows', (rows) => {
  const random = seededRandom(rows)
  const r = Float64Array.from({ length: rows }, () => random.normal())
  for (const type of ['u8', 'i16'] as const) {
    const { gradient, want } = scans(type, r, () => random.below(256))
    const size = rows * 256 * 2 ** -46
    want.forEach((each, j) => {
      expect(Math.abs(gradient[j]! - each)).toBeLessThanOrEqual(size + 2 ** -24 * Math.abs(each))
    })
  }
})
