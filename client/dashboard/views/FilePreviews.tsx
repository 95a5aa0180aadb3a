/** A look into the tables of a job that its page does not draw: the first lines of each, on demand. */
import { useState } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import { DataTable } from '../parts/DataTable.tsx'
import { parseCsv } from '../pure/csv.ts'
import { formatCell } from '../pure/format.ts'
import { resultPath } from '../pure/urls.ts'
import { getText } from '../state/api.ts'
import { attempt } from '../state/toasts.ts'

const ROWS_SHOWN = 20
const COLUMNS_SHOWN = 12
/** Enough for the rows shown, unless each is enormous. */
const BYTES_MAX = 100_000

export function FilePreviews({ job, known }: { job: JobView; known: readonly string[] }) {
  const names = job.results.filter((name) => name.endsWith('.csv') && !known.includes(name))
  return names.length === 0 ? null : (
    <div class="card stack-tight">
      {names.map((name) => (
        <Preview key={name} job={job.id} name={name} />
      ))}
    </div>
  )
}

interface Table {
  readonly names: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

function Preview({ job, name }: { job: string; name: string }) {
  const [table, setTable] = useState<Table | null>(null)
  const load = (): Promise<unknown> =>
    attempt(async () => {
      const { text } = await getText(resultPath(job, name), BYTES_MAX)
      setTable(firstRows(text))
    })
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open && table === null) void load()
      }}
    >
      <summary>Look into {name}</summary>
      {table === null ? (
        <p class="muted">Loading…</p>
      ) : (
        <DataTable
          caption={`The first rows of ${name}`}
          columns={table.names.map((column, i) => ({
            name: column,
            cell: (row: Table['rows'][number]) => formatCell(row[i]),
          }))}
          rows={table.rows}
          rowKey={(row) => String(table.rows.indexOf(row))}
        />
      )}
    </details>
  )
}

function firstRows(text: string): Table {
  const rows: string[][] = []
  for (const row of parseCsv(text)) {
    rows.push(row.slice(0, COLUMNS_SHOWN))
    if (rows.length > ROWS_SHOWN) break
  }
  const [names = [], ...rest] = rows
  return { names, rows: rest }
}
