/**
 * A table that becomes a list of cards on a narrow screen: every cell then shows its column's name.
 *
 * The roles are spelled out because `display: block` on a table takes its meaning away from screen
 * readers in some browsers.
 */
import type { ComponentChildren } from 'preact'
import { formatCount } from '../pure/format.ts'

export interface Column<Row> {
  readonly name: string
  /** Aligned right, with figures of one width. */
  readonly numeric?: boolean
  /** What the name means, on hover. */
  readonly hint?: string
  readonly cell: (row: Row) => ComponentChildren
}

interface Props<Row> {
  readonly caption: string
  /** Show the caption to everyone, not only to screen readers. */
  readonly captionShown?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** How many rows there are where `rows` is a part of them. */
  readonly total?: number
}

/** More rows than this are slow to draw four times a second and nobody reads them. */
export const ROWS_MAX = 200

export function DataTable<Row>(props: Props<Row>) {
  const { caption, captionShown, columns, rows, rowKey } = props
  const shown = rows.slice(0, ROWS_MAX)
  const total = Math.max(props.total ?? 0, rows.length)
  return (
    <div class="scroll">
      {/* biome-ignore-start lint/a11y/noRedundantRoles: they survive display: block, see above */}
      <table class="cards" role="table">
        <caption class={captionShown ? '' : 'quiet'}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, numeric, hint }) => (
              <th
                key={name}
                scope="col"
                role="columnheader"
                class={numeric ? 'number' : ''}
                title={hint}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map(({ name, numeric, cell }, i) =>
                i === 0 ? (
                  <th key={name} scope="row" role="rowheader">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} role="cell" data-label={name} class={numeric ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
      {shown.length < total && (
        <p class="small muted">
          {formatCount(shown.length)} of {formatCount(total)} shown.
        </p>
      )}
    </div>
  )
}
