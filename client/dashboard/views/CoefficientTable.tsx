/** The coefficients that matter most, each with a lollipop that shows sign and size at a glance. */
import { useMemo } from 'preact/hooks'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { type Coefficient, largestCoefficients } from '../pure/csv.ts'
import { formatCount, formatNumber } from '../pure/format.ts'

const SHOWN = 20

interface Props {
  readonly text: string
  /** What a sign means. */
  readonly meaning?: string
}

export function CoefficientTable({ text, meaning }: Props) {
  const found = useMemo(() => largestCoefficients(text, SHOWN), [text])
  const { largest, nonZeros, intercept } = found
  const top = Math.abs(largest[0]?.value ?? 0)
  const columns: readonly Column<Coefficient>[] = [
    { name: 'Variable', cell: ({ name }) => <code>{name}</code> },
    { name: 'Coefficient', numeric: true, cell: ({ value }) => formatNumber(value, 5) },
    { name: 'Size', cell: ({ value }) => <Lollipop share={value / top} /> },
  ]
  if (nonZeros === 0) {
    return (
      <p class="card muted">
        Every coefficient is 0: at this λ no variable helps. Launch it again with a smaller one.
      </p>
    )
  }
  return (
    <section class="card stack" aria-labelledby="coefficients-title">
      <div class="row spread">
        <h2 id="coefficients-title">Largest coefficients</h2>
        <span class="small muted">
          {formatCount(largest.length)} of {formatCount(nonZeros)} non-zeros, in the data’s units
          {intercept !== null && `; intercept ${formatNumber(intercept, 5)}`}
          {meaning !== undefined && `; ${meaning}`}
        </span>
      </div>
      <div class="lollipops">
        <DataTable
          caption="The largest coefficients by magnitude"
          columns={columns}
          rows={largest}
          rowKey={({ name }) => name}
        />
      </div>
    </section>
  )
}

/** From the zero line in the middle to `share` (−1 … 1) of the half-width. */
function Lollipop({ share }: { share: number }) {
  const x = `${50 + 47 * share}%`
  return (
    <svg class={`lollipop ${share < 0 ? 'negative' : 'positive'}`} aria-hidden="true">
      <line class="zero" x1="50%" x2="50%" y1="0" y2="100%" />
      <line x1="50%" x2={x} y1="50%" y2="50%" />
      <circle cx={x} cy="50%" r="5" />
    </svg>
  )
}
