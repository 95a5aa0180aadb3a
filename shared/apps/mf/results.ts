/** What a matrix factorisation hands out: factors, biases, who is which row, recommendations. */
import type { ResultFile } from '../../app.ts'
import { rankingOf, recommend } from './recommend.ts'
import type { Side } from './sides.ts'
import type { MfState, Point } from './state.ts'

const RANKED = 10

/** The sweep whose model is handed out. */
function chosen({ points, best }: MfState): Point | undefined {
  return best ? points[best.sweep - 1] : points.at(-1)
}

export function summarise(state: MfState): Record<string, unknown> {
  const { spec, points, lambda, biasScale, mean, users, exactObjective, test, validation } = state
  const point = chosen(state)
  const isLast = point === points.at(-1)
  const isExact = isLast && !Number.isNaN(exactObjective)
  const ranking = spec.implicit && state.finished ? rankingOf(state, RANKED) : null
  return {
    objective: point ? (isExact ? exactObjective : point.objective) : null,
    trainRmse: finite(point?.trainRmse),
    validRmse: finite(point?.validRmse),
    testRmse: finite(point?.testRmse),
    testMae: finite(point?.testMae),
    ...(ranking && { precisionAt10: ranking.precision, ndcgAt10: ranking.ndcg }),
    sweeps: points.length,
    ...(isLast ? {} : { bestSweep: point?.sweep ?? null }),
    rank: spec.rank,
    lambda,
    lambdaBias: users.bias.length > 0 ? lambda / biasScale ** 2 : null,
    mean,
    ratings: state.ratings,
    testRatings: test?.user.length ?? 0,
    validationRatings: validation?.user.length ?? 0,
    ...(state.doubts > 0 && { sweepsRedone: state.doubts }),
    convention: spec.implicit
      ? 'objective = Σ c(p − wᵀh)² + λ Σ n(‖w‖² + …), over all pairs, c = 1 + αr, p = 1 where r > 0'
      : 'objective = Σ (a − mean − b − c − wᵀh)² + Σ n(λ‖w‖² + λ_bias b²) + …, n = 1 unless weighted, 1 + γ·n/m with an uncertainty',
  }
}

const finite = (x: number | undefined): number | null =>
  x !== undefined && Number.isFinite(x) ? x : null

export function resultFiles(state: MfState): ResultFile[] {
  const { users, items, spec, dataset } = state
  const userName = (u: number): string => dataset.rowName(u)
  const itemName = (i: number): string => dataset.columnName(i)
  const ids = (side: Side, name: (row: number) => string) => [
    ['row', 'id', 'ratings'],
    ...Array.from(side.degree, (n, row) => [row, name(row), n]),
  ]
  const files = [
    npy('user_factors.npy', users, spec.rank),
    npy('item_factors.npy', items, spec.rank),
    csv('users.csv', ids(users, userName)),
    csv('items.csv', ids(items, itemName)),
  ]
  if (!spec.implicit) {
    const rows = [
      ['kind', 'id', 'bias'],
      ['mean', '', state.mean],
      ...Array.from(users.bias, (b, u) => ['user', userName(u), b]),
      ...Array.from(items.bias, (b, i) => ['item', itemName(i), b]),
    ]
    files.push(csv('biases.csv', rows))
  }
  if (spec.top > 0) {
    const rows: (string | number)[][] = [['user', 'rank', 'item', 'score']]
    const [low, high] = spec.implicit ? [-Infinity, Infinity] : state.scale
    recommend(state, spec.top).forEach((list, user) => {
      list.forEach(({ item, score }, place) => {
        const clipped = Math.max(low, Math.min(high, score))
        rows.push([userName(user), place + 1, itemName(item), Number(clipped.toPrecision(6))])
      })
    })
    files.push(csv('recommendations.csv', rows))
  }
  return files
}

/** Rows of a side as NumPy's own format, version 1.0: f32, (count, K), row after row. */
function npy(name: string, { factors, count }: Side, rank: number): ResultFile {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${rank}), }`
  // Magic, version and length take 10 bytes; the data begin at a multiple of 64.
  const headBytes = Math.ceil((10 + head.length + 1) / 64) * 64 - 10
  const text = `${head.padEnd(headBytes - 1)}\n`
  const bytes = new Uint8Array(10 + headBytes + factors.byteLength)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headBytes & 255, headBytes >> 8])
  for (let k = 0; k < text.length; k++) bytes[10 + k] = text.charCodeAt(k)
  bytes.set(new Uint8Array(factors.buffer, factors.byteOffset, factors.byteLength), 10 + headBytes)
  return { name, mediaType: 'application/octet-stream', text: '', bytes }
}

function csv(name: string, rows: (string | number)[][]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
