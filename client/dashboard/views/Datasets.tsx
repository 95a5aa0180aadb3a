/** What can be fitted: the table, the upload, the deletion. */
import type { DatasetView } from '../../../shared/protocol.ts'
import { confirmFirst } from '../parts/Confirm.tsx'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { formatAgo, formatBytes, formatCount, formatShare, plural } from '../pure/format.ts'
import { datasets, deleteDataset } from '../state/grid.ts'
import { attempt, showToast } from '../state/toasts.ts'
import { UploadForm } from './UploadForm.tsx'

export function Datasets() {
  const list = datasets.value
  return (
    <div class="stack">
      <h1 tabIndex={-1}>Datasets</h1>
      {list === null ? (
        <p class="muted">Asking the server…</p>
      ) : list.length === 0 ? (
        <p class="note">
          No dataset yet. Upload a table of numbers below: one row an observation, one column a
          measurement, and y, the outcome they should explain.
        </p>
      ) : (
        <section class="card">
          <DataTable
            caption="Datasets on the server"
            columns={COLUMNS}
            rows={list}
            rowKey={({ manifest }) => manifest.id}
          />
        </section>
      )}
      <UploadForm />
    </div>
  )
}

const COLUMNS: readonly Column<DatasetView>[] = [
  {
    name: 'Name',
    cell: ({ manifest, createdMs }) => (
      <>
        {manifest.name}
        <span class="under" title={manifest.source}>
          {formatAgo(createdMs, Date.now())}
        </span>
      </>
    ),
  },
  { name: 'Rows\u00a0n', numeric: true, cell: ({ manifest }) => formatCount(manifest.rows) },
  { name: 'Columns\u00a0d', numeric: true, cell: ({ manifest }) => formatCount(manifest.columns) },
  {
    name: 'Non-zeros',
    numeric: true,
    cell: ({ manifest: { nonZeros, rows, columns } }) => (
      <>
        {formatCount(nonZeros)}
        <span class="under">{formatShare(nonZeros, rows * columns)}</span>
      </>
    ),
  },
  {
    name: 'Size',
    numeric: true,
    cell: ({ manifest: { bytes, shards } }) => (
      <>
        {formatBytes(bytes)}
        <span class="under">{plural(shards.length, 'shard')}</span>
      </>
    ),
  },
  { name: 'Layout', cell: ({ manifest }) => layoutOf(manifest.shards) },
  {
    name: 'Target\u00a0y',
    cell: ({ manifest: { target, targetName } }) =>
      target === null ? <span class="warn-text">none</span> : (targetName ?? 'yes'),
  },
  {
    name: 'Constant columns',
    numeric: true,
    hint: 'Columns with one value everywhere: they explain nothing and are never chosen',
    cell: ({ manifest }) => formatCount(manifest.constantColumns),
  },
  { name: 'Actions', cell: ({ manifest }) => <Actions {...manifest} /> },
]

/** "dense u8", "sparse f32 + dense u8": the kinds of shards, the most frequent first. */
function layoutOf(shards: DatasetView['manifest']['shards']): string {
  const counts = new Map<string, number>()
  for (const { layout, valueType } of shards) {
    const kind = `${layout} ${valueType}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([kind]) => kind)
    .join(' + ')
}

function Actions({ id, name, target }: { id: string; name: string; target: string | null }) {
  const remove = async (): Promise<void> => {
    const yes = await confirmFirst({
      title: `Delete “${name}”?`,
      text: 'The data goes from the server. Results of finished jobs stay.',
      action: 'Delete dataset',
    })
    if (!yes) return
    if (await attempt(() => deleteDataset(id))) showToast('good', `${name} is deleted.`)
  }
  return (
    <span class="row tight nowrap">
      {target !== null && (
        <a class="button small" href={`#/launch?dataset=${id}`} aria-label={`Fit ${name}`}>
          Fit
        </a>
      )}
      <button type="button" class="small danger" onClick={remove} aria-label={`Delete ${name}`}>
        Delete
      </button>
    </span>
  )
}
