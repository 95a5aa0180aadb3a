/** Launch a job: first what to learn, then from what and how. */
import { useState } from 'preact/hooks'
import type { AppView } from '../../../shared/app.ts'
import type { Manifest } from '../../../shared/dataset.ts'
import type { JobView } from '../../../shared/protocol.ts'
import { Choice } from '../parts/Field.tsx'
import { KINDS } from '../pure/kinds.ts'
import { apps, datasets, findJob, jobs } from '../state/grid.ts'
import { FlagForm } from './FlagForm.tsx'
import { LinearForm } from './LinearForm.tsx'

interface Props {
  readonly app: string | null
  readonly dataset: string | null
  /** The id of a job to launch again, with changes. */
  readonly like: string | null
}

export function Launch({ app, dataset, like }: Props) {
  const known = apps.value !== null && datasets.value !== null && jobs.value !== null
  return (
    <div class="stack narrow">
      <h1 tabIndex={-1}>Launch a job</h1>
      {!known ? (
        <p class="muted">Asking the server…</p>
      ) : datasets.value!.length === 0 ? (
        <p class="note">
          There is no dataset yet. <a href="#/datasets">Upload one first</a>.
        </p>
      ) : (
        <ChooseApp
          all={apps.value!}
          manifests={datasets.value!.map(({ manifest }) => manifest)}
          {...{ app, dataset, like: like === null ? undefined : findJob(like) }}
        />
      )}
    </div>
  )
}

/** Apps whose specs are those of shared/linear. */
const LINEAR: ReadonlySet<string> = new Set(['lasso', 'logistic'])

interface ChooseProps extends Omit<Props, 'like'> {
  readonly all: readonly AppView[]
  readonly manifests: readonly Manifest[]
  readonly like: JobView | undefined
}

function ChooseApp({ all, manifests, app, dataset, like }: ChooseProps) {
  const [name, setName] = useState(() => startApp({ all, manifests, app, dataset, like }))
  const chosen = all.find((one) => one.name === name)
  if (chosen === undefined) return <p class="note">This server has nothing to launch.</p>
  const fitting = manifests.filter(({ kind }) => kind === chosen.dataset)
  const repeated = like?.app === chosen.name ? like : undefined
  const wanted = repeated?.dataset.id ?? dataset ?? ''
  const start = fitting.some(({ id }) => id === wanted) ? wanted : ''
  const Form = LINEAR.has(chosen.name) ? LinearForm : FlagForm
  return (
    <>
      <div class="card stack">
        <Choice
          label="What should be learnt?"
          options={all.map((one) => [one.name, one.title] as const)}
          value={chosen.name}
          onChange={setName}
        />
        <p class="muted">
          {chosen.purpose}
          <span class="under">{chosen.summaryLine}</span>
        </p>
      </div>
      {fitting.length === 0 ? (
        <p class="note">
          It learns from {KINDS[chosen.dataset].plural}, and there are none here yet.{' '}
          <a href="#/datasets">Upload a file</a>.
        </p>
      ) : (
        <Form key={chosen.name} app={chosen} manifests={fitting} dataset={start} like={repeated} />
      )}
    </>
  )
}

/** The app of the job to repeat, the one asked for, or the first that the data at hand fit. */
function startApp({ all, manifests, app, dataset, like }: ChooseProps): string {
  const wanted = like?.app ?? app
  if (all.some(({ name }) => name === wanted)) return wanted!
  const kind = manifests.find(({ id }) => id === dataset)?.kind
  const fits = all.find((one) =>
    kind === undefined
      ? manifests.some((manifest) => manifest.kind === one.dataset)
      : one.dataset === kind,
  )
  return (fits ?? all[0])?.name ?? ''
}
