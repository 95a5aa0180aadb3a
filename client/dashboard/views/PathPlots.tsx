/** The λ path in pictures: coefficients entering, models growing, and the cross-validated error. */
import { useMemo } from 'preact/hooks'
import type { ResultTexts } from '../apps/page.ts'
import { Plot, type PlotSeries } from '../parts/Plot.tsx'
import { coefficientPaths, numericColumns, parseCsv } from '../pure/csv.ts'
import { formatCount, formatNumber } from '../pure/format.ts'
import { positive } from '../pure/series.ts'

/** As many colours as the theme of the page tells apart. */
const CURVES = 8

export function PathPlots({ texts }: { texts: ResultTexts }) {
  const path = texts['path.csv']?.text
  const columns = useMemo(() => (path === undefined ? null : numericColumns(path)), [path])
  const lambdas = columns?.get('lambda')
  if (columns === null || lambdas === undefined || lambdas.length < 2) return null
  const coefficients = texts['path_coefficients.csv']?.text
  const cv = texts['cv.csv']?.text
  return (
    <section class="stack-tight" aria-labelledby="path-title">
      <h2 id="path-title">Along the path of λ</h2>
      <div class="plots">
        {cv !== undefined && <CrossValidation text={cv} />}
        {cv !== undefined && <Classes columns={numericColumns(cv)} of="of rows held out" />}
        {coefficients !== undefined && (
          <Coefficients text={coefficients} lambdas={lambdas.filter((x) => x !== null)} />
        )}
        <Growth columns={columns} withGap={cv === undefined || columns.has('auc')} />
        {cv === undefined && <Classes columns={columns} of="on the rows it was fitted to" />}
      </div>
    </section>
  )
}

function Coefficients({ text, lambdas }: { text: string; lambdas: readonly number[] }) {
  const found = useMemo(() => coefficientPaths(text, lambdas, CURVES), [text, lambdas.join()])
  const series = found.paths.map(
    ({ name, values }, i): PlotSeries => ({
      label: name,
      values,
      color: `--series-${i + 1}`,
      format: (value) => formatNumber(value, 3),
    }),
  )
  const cut = found.paths.length < found.total
  const count = cut
    ? `${found.paths.length} largest of ${formatCount(found.total)}`
    : formatCount(found.total)
  return (
    <Plot
      title={`Coefficients (${count})`}
      summary={`Coefficients over λ; the largest are ${found.paths.map(({ name }) => name).join(', ')}.`}
      x={found.lambda}
      xKind="lambda"
      series={series}
      rest={0}
      syncKey="path"
    />
  )
}

interface GrowthProps {
  readonly columns: ReadonlyMap<string, readonly (number | null)[]>
  /** Show each λ's certificate too, where that makes their number even. */
  readonly withGap: boolean
}

function Growth({ columns, withGap }: GrowthProps) {
  // λ falls along the file; a chart needs its x ascending.
  const read = (name: string): (number | null)[] => (columns.get(name) ?? []).toReversed()
  const x = read('lambda').map((value) => value ?? 0)
  const shared = { x, xKind: 'lambda', syncKey: 'path', rest: 0 } as const
  const nonZeros = read('nnz')
  const explained = read('deviance_ratio').map((share) => (share === null ? null : 100 * share))
  const percent = (value: number): string => `${value.toFixed(1)} %`
  const gap = positive(read('gap'))
  const tiny = (value: number): string => formatNumber(value, 2)
  const worst = Math.max(0, ...gap.map((value) => value ?? 0))
  const most = Math.max(0, ...nonZeros.map((value) => value ?? 0))
  const best = Math.max(0, ...explained.map((value) => value ?? 0))
  return (
    <>
      <Plot
        {...shared}
        title="Non-zero coefficients"
        whole
        summary={`Up to ${formatCount(most)} non-zero coefficients at the smallest λ.`}
        series={[{ label: 'non-zeros', values: nonZeros, color: '--accent', format: formatCount }]}
      />
      <Plot
        {...shared}
        title={columns.has('auc') ? 'Deviance explained, %' : 'Variance explained, %'}
        summary={`Up to ${percent(best)} of what a constant leaves open is explained.`}
        series={[{ label: 'explained', values: explained, color: '--accent', format: percent }]}
      />
      {withGap && (
        <Plot
          {...shared}
          title="Certified relative gap"
          summary={`Every λ is solved to a relative gap of at most ${tiny(worst)}.`}
          log
          series={[{ label: 'gap', values: gap, color: '--accent', format: tiny }]}
        />
      )}
    </>
  )
}

/** Area under the ROC curve and accuracy over λ, where there are two classes. */
function Classes({ columns, of }: { columns: GrowthProps['columns']; of: string }) {
  const auc = columns.get('auc')?.toReversed()
  if (auc === undefined) return null
  const best = Math.max(0, ...auc.map((value) => value ?? 0))
  const share = (value: number): string => formatNumber(value, 3)
  return (
    <Plot
      title={`AUC and accuracy, ${of}`}
      summary={`The area under the ROC curve is up to ${share(best)}, ${of}.`}
      x={(columns.get('lambda') ?? []).toReversed().map((value) => value ?? 0)}
      xKind="lambda"
      syncKey="path"
      rest={0}
      series={[
        { label: 'AUC', values: auc, color: '--accent', format: share },
        {
          ...{ label: 'accuracy', color: '--coral', format: share },
          values: (columns.get('accuracy') ?? []).toReversed(),
        },
      ]}
    />
  )
}

/** What cross-validation chose λ by, as cv.csv calls it. */
const ERRORS = [
  ['mean_squared_error', 'squared error'],
  ['deviance', 'deviance'],
] as const

function CrossValidation({ text }: { text: string }) {
  const columns = useMemo(() => numericColumns(text), [text])
  const marks = useMemo(() => cvChoices(text), [text])
  const read = (name: string): number[] =>
    (columns.get(name) ?? []).toReversed().map((value) => value ?? Number.NaN)
  const x = read('lambda')
  const [column, words] = ERRORS.find(([name]) => columns.has(name)) ?? ERRORS[0]
  const mean = read(column)
  const error = read('standard_error')
  const band = (sign: 1 | -1, label: string): PlotSeries => ({
    label,
    values: mean.map((value, i) => value + sign * error[i]!),
    color: '--ink-2',
    dash: [2, 3],
    format: (value) => formatNumber(value, 4),
  })
  const chosen = marks.map(({ x, label }) => `${label} at λ ${formatNumber(x, 4)}`).join(', ')
  return (
    <Plot
      title={`Cross-validated ${words}`}
      summary={`Mean ${words} over λ; ${chosen}.`}
      x={x}
      xKind="lambda"
      syncKey="path"
      marks={marks}
      rest={Math.max(0, x.indexOf(marks.find(({ label }) => label.includes('min'))?.x ?? 0))}
      series={[
        { label: 'mean', values: mean, color: '--accent', format: (v) => formatNumber(v, 4) },
        band(1, '+ 1 se'),
        band(-1, '− 1 se'),
      ]}
    />
  )
}

/** The λ of least error and of one standard error more, as cv.csv marks them. */
function cvChoices(text: string): { x: number; label: string }[] {
  const marks: { x: number; label: string }[] = []
  for (const [lambda, , , choice] of parseCsv(text)) {
    if (choice && choice !== 'choice') marks.push({ x: Number(lambda), label: choice })
  }
  return marks
}
