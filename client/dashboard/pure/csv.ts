/** Reading the result files of a job for a preview: small CSV, and the largest coefficients. */

/** Rows of comma-separated values; quotes may hold commas, line ends and doubled quotes. */
export function* parseCsv(text: string): Generator<string[]> {
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let cell: string
    if (text[at] === '"') {
      const [value, end] = quotedCell(text, at)
      cell = value
      at = end
    } else {
      let end = at
      while (end < text.length && !',\r\n'.includes(text[end]!)) end++
      cell = text.slice(at, end)
      at = end
    }
    row.push(cell)
    if (text[at] === ',') {
      at++
      // A comma at the very end leaves one more, empty, cell.
      if (at === text.length) row.push('')
      else continue
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    yield row
    row = []
  }
  if (row.length > 0) yield row
}

function quotedCell(text: string, open: number): [value: string, end: number] {
  let value = ''
  let at = open + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close < 0) return [value + text.slice(at), text.length]
    value += text.slice(at, close)
    if (text[close + 1] !== '"') return [value, close + 1]
    value += '"'
    at = close + 2
  }
}

/** Rows of a CSV with a header, by its names. */
export function* rowsOf(text: string): Generator<Record<string, string>> {
  let names: string[] | null = null
  for (const row of parseCsv(text)) {
    if (names === null) names = row
    else yield Object.fromEntries(names.map((name, i) => [name, row[i] ?? '']))
  }
}

export interface Coefficient {
  name: string
  value: number
}

export interface Coefficients {
  /** The largest by magnitude, largest first, without the intercept. */
  largest: Coefficient[]
  intercept: number | null
  nonZeros: number
  total: number
}

const INTERCEPT = /^\(?intercept\)?$/i

/** coefficients.csv (name, value): one pass that keeps only what is shown. */
export function largestCoefficients(text: string, keep: number): Coefficients {
  const found: Coefficients = { largest: [], intercept: null, nonZeros: 0, total: 0 }
  let header = true
  for (const [name = '', cell = ''] of parseCsv(text)) {
    if (header) {
      header = false
      continue
    }
    const value = Number(cell)
    if (cell === '' || Number.isNaN(value)) continue
    if (INTERCEPT.test(name)) {
      found.intercept = value
      continue
    }
    found.total++
    if (value === 0) continue
    found.nonZeros++
    insert(found.largest, { name, value }, keep)
  }
  return found
}

function insert(sorted: Coefficient[], entry: Coefficient, keep: number): void {
  const size = Math.abs(entry.value)
  if (sorted.length === keep && Math.abs(sorted[keep - 1]!.value) >= size) return
  let at = sorted.length
  while (at > 0 && Math.abs(sorted[at - 1]!.value) < size) at--
  sorted.splice(at, 0, entry)
  if (sorted.length > keep) sorted.pop()
}

/** A numeric CSV by column name; a cell that is no number is null. */
export function numericColumns(text: string): Map<string, (number | null)[]> {
  const columns = new Map<string, (number | null)[]>()
  let names: string[] | null = null
  for (const row of parseCsv(text)) {
    if (names === null) {
      names = row
      for (const name of names) columns.set(name, [])
      continue
    }
    names.forEach((name, i) => {
      const cell = row[i] ?? ''
      const value = Number(cell)
      columns.get(name)!.push(cell === '' || !Number.isFinite(value) ? null : value)
    })
  }
  return columns
}

export interface CoefficientPaths {
  /** Ascending, as a chart needs it. */
  lambda: number[]
  /** The largest anywhere on the path, largest first; 0 where a coefficient is not in the model. */
  paths: { name: string; values: number[] }[]
  /** How many coefficients ever leave zero. */
  total: number
}

/** path_coefficients.csv (lambda, name, value; only non-zeros) turned into curves. */
export function coefficientPaths(
  text: string,
  allLambda: readonly number[],
  keep: number,
): CoefficientPaths {
  const lambda = [...allLambda].sort((a, b) => a - b)
  const position = new Map(lambda.map((value, i) => [value, i]))
  const curves = new Map<string, number[]>()
  for (const [at = '', name = '', value = ''] of parseCsv(text)) {
    const i = position.get(Number(at))
    if (i === undefined) continue
    let curve = curves.get(name)
    if (curve === undefined) {
      curve = new Array<number>(lambda.length).fill(0)
      curves.set(name, curve)
    }
    curve[i] = Number(value)
  }
  const paths = [...curves]
    .map(([name, values]) => ({ name, values, size: Math.max(...values.map(Math.abs)) }))
    .sort((a, b) => b.size - a.size)
    .slice(0, keep)
    .map(({ name, values }) => ({ name, values }))
  return { lambda, paths, total: curves.size }
}
