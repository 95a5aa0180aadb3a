/** What can be learnt from: the table, the upload, the deletion. */
import { isTable, type Manifest } from '../../../shared/dataset.ts'
import type { DatasetView } from '../../../shared/protocol.ts'
import { confirmFirst } from '../parts/Confirm.tsx'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { formatAgo, formatBytes, formatShare, plural } from '../pure/format.ts'
import { describeShape, factsOf, KINDS } from '../pure/kinds.ts'
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
          No dataset yet. Upload one below: a table of numbers with an outcome y to explain, ratings
          that users gave to items, or texts.
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
  { name: 'Kind', cell: ({ manifest: { kind } }) => KINDS[kind].title },
  {
    name: 'Shape',
    cell: ({ manifest }) => (
      <>
        {describeShape(manifest.kind, manifest)}
        <span class="under">{entriesOf(manifest)}</span>
      </>
    ),
  },
  {
    name: 'Size',
    numeric: true,
    cell: ({ manifest: { bytes, shards } }) => (
      <>
        {formatBytes(bytes)}
        <span class="under">
          {plural(shards.length, 'shard')}, {layoutOf(shards)}
        </span>
      </>
    ),
  },
  { name: 'About it', cell: ({ manifest }) => <Facts manifest={manifest} /> },
  { name: 'Actions', cell: ({ manifest }) => <Actions {...manifest} /> },
]

/** "100,000 ratings (0.1 %)". */
function entriesOf({ kind, nonZeros, rows, columns }: Manifest): string {
  return `${plural(nonZeros, KINDS[kind].entry)} (${formatShare(nonZeros, rows * columns)})`
}

function Facts({ manifest }: { manifest: Manifest }) {
  const { kind, target, targetName, targetLabels } = manifest
  return (
    <ul class="plain-list small">
      {isTable(kind) && (
        <li>{target === null ? <NoTarget /> : `target ${targetName ?? 'y, from the file'}`}</li>
      )}
      {targetLabels && <li>{targetLabels.map((word, k) => `${word} = ${k}`).join(', ')}</li>}
      {factsOf(manifest).map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  )
}

const NoTarget = () => <span class="warn-text">no target y</span>

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

function Actions({ id, name, kind, target }: Manifest) {
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
      {(kind !== 'matrix' || target !== null) && (
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
