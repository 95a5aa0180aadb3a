/** How two classes are told apart: the confusion table, and the ROC curve. */
import { useMemo } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { Plot } from '../parts/Plot.tsx'
import { numericColumns } from '../pure/csv.ts'
import { formatCount, formatNumber, formatShare } from '../pure/format.ts'

interface Row {
  /** The class these rows are of. */
  readonly name: string
  readonly negative: number
  readonly positive: number
  readonly right: number
}

interface Words {
  readonly negative: string
  readonly positive: string
}

export function ClassResults({ job, roc }: { job: JobView; roc: string | undefined }) {
  const { confusion, classes, measuredOn } = (job.summary ?? {}) as {
    confusion?: Record<string, number>
    classes?: Words
    measuredOn?: string
  }
  if (confusion === undefined || classes === undefined) return null
  return (
    <section class="stack-tight" aria-labelledby="classes-title">
      <div class="row spread">
        <h2 id="classes-title">
          {classes.negative} or {classes.positive}?
        </h2>
        <span class="small muted">measured on {measuredOn}</span>
      </div>
      <div class="plots">
        <Confusion counts={confusion} classes={classes} />
        {roc !== undefined && <Roc text={roc} auc={Number(job.summary?.auc)} classes={classes} />}
      </div>
    </section>
  )
}

function Confusion({ counts, classes }: { counts: Record<string, number>; classes: Words }) {
  const { trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0 } = counts
  const rows: readonly Row[] = [
    {
      ...{ name: classes.negative, negative: trueNegatives, positive: falsePositives },
      right: trueNegatives / (trueNegatives + falsePositives),
    },
    {
      ...{ name: classes.positive, negative: falseNegatives, positive: truePositives },
      right: truePositives / (falseNegatives + truePositives),
    },
  ]
  const columns: readonly Column<Row>[] = [
    { name: 'Rows that are', cell: ({ name }) => name },
    {
      ...{ name: `Predicted ${classes.negative}`, numeric: true },
      cell: ({ negative }) => formatCount(negative),
    },
    {
      ...{ name: `Predicted ${classes.positive}`, numeric: true },
      cell: ({ positive }) => formatCount(positive),
    },
    {
      ...{ name: 'Right', numeric: true, hint: 'Specificity above, sensitivity below' },
      cell: ({ right }) => formatShare(right, 1),
    },
  ]
  return (
    <div class="card stack-tight">
      <h3>Confusion table</h3>
      <DataTable
        caption="Rows by their class and the class predicted at probability ½"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
      />
      <p class="small muted">
        Predicted {classes.positive} means a probability above ½; predictions.csv has one for every
        row.
      </p>
    </div>
  )
}

/** Points of the curve kept: more than pixels across. */
const POINTS_MAX = 2000

function Roc({ text, auc, classes }: { text: string; auc: number; classes: Words }) {
  const points = useMemo(() => {
    const columns = numericColumns(text)
    const x = columns.get('false_positive_rate') ?? []
    const y = columns.get('true_positive_rate') ?? []
    const every = Math.max(1, Math.ceil(x.length / POINTS_MAX))
    const kept = x.map((_, i) => i).filter((i) => i % every === 0 || i === x.length - 1)
    const probability = columns.get('probability') ?? []
    // Where the confusion table stands: all that is called positive has at least probability ½.
    const rest = kept.findLastIndex((i) => (probability[i] ?? 0) > 0.5)
    return { x: kept.map((i) => x[i] ?? 0), y: kept.map((i) => y[i] ?? 0), rest: Math.max(0, rest) }
  }, [text])
  const rate = (value: number): string => formatShare(value, 1)
  return (
    <Plot
      title={`ROC curve, AUC ${formatNumber(auc, 4)}`}
      summary={
        `Share of ${classes.positive} found against the share of ${classes.negative} taken for it; ` +
        `the area under the curve is ${formatNumber(auc, 3)}.`
      }
      x={points.x}
      xKind="rate"
      rest={points.rest}
      series={[
        { label: `${classes.positive} found`, values: points.y, color: '--accent', format: rate },
        {
          ...{ label: 'by chance', values: points.x, color: '--ink-2', dash: [4, 4] },
          format: rate,
        },
      ]}
    />
  )
}
