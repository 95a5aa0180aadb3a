/** Item 4: what equal counts, prefix sums and LPT make of columns whose lengths follow a Zipf law. */

import { seededRandom } from '../../../shared/random.ts'
import { BALANCES, balanced, imbalance } from '../../../shared/schedule/balance.ts'
import { makeFamily } from '../../../shared/schedule/families.ts'
import type { Section } from '../report.ts'

export function balanceSection(): Section {
  const { starts, rows: n } = makeFamily('zipf', { seed: 1, rows: 20_000, columns: 40_000 })
  const columns = Uint32Array.from(
    { length: starts.length - 1 },
    (_, j) => starts[j + 1]! - starts[j]!,
  )
  // As data lie on disk: popular first (users, words), or in no order.
  const orders = { 'longest first': columns.slice().sort().reverse(), 'no order': columns }
  const rows: string[][] = []
  for (const [order, work] of Object.entries(orders))
    for (const workers of [8, 32, 128])
      for (const speeds of ['equal', '1 to 10'] as const) {
        const random = seededRandom(workers)
        const speed = Float64Array.from({ length: workers }, () =>
          speeds === 'equal' ? 1 : 10 ** random.next(),
        )
        const loads = BALANCES.map((rule) => imbalance(work, balanced(rule, work, speed), speed))
        rows.push([order, String(workers), speeds, ...loads.map((load) => load.toFixed(2))])
      }
  return {
    title: '4. Load balance',
    text: [
      `${columns.length} columns with up to ${n} non-zeros, about n/rank each. Numbers are the fullest part over the mean, speeds taken into account: a round lasts so many times as long as it could. The longest column alone is ${(Math.max(...columns) / (starts.at(-1)! / 128)).toFixed(1)} times the mean part of 128 workers, which no cut of whole columns can undo.`,
    ],
    tables: [
      {
        name: 'balance',
        caption: 'Fullest part / mean',
        head: ['order', 'workers', 'speeds', 'LPT', 'prefix sums', 'equal count'],
        rows,
      },
    ],
    charts: [],
  }
}
