/** Launch a lasso job: the form, its defaults, and what each choice means. */
import { useRef, useState } from 'preact/hooks'
import type { Manifest } from '../../../shared/dataset.ts'
import { focusFirstError } from '../parts/Field.tsx'
import { checkDraft, DEFAULT_DRAFT, type Draft, type DraftErrors, draftOf } from '../pure/draft.ts'
import { datasets, findJob, jobs, submitJob } from '../state/grid.ts'
import { go, jobHref } from '../state/route.ts'
import { DatasetField, LambdaFields, SolverFields, WordFields } from './launchFields.tsx'

interface Props {
  readonly dataset: string | null
  /** The id of a job to launch again, with changes. */
  readonly like: string | null
}

export function Launch({ dataset, like }: Props) {
  const manifests = datasets.value?.map(({ manifest }) => manifest) ?? null
  const known = manifests !== null && (like === null || jobs.value !== null)
  return (
    <div class="stack narrow">
      <h1 tabIndex={-1}>Launch a job</h1>
      {!known ? (
        <p class="muted">Asking the server…</p>
      ) : manifests.length === 0 ? (
        <p class="note">
          There is no dataset to fit yet. <a href="#/datasets">Upload one first</a>.
        </p>
      ) : (
        <LaunchForm manifests={manifests} start={startDraft(manifests, dataset, like)} />
      )}
    </div>
  )
}

/** The job to repeat, or the dataset asked for, or the only one there is. */
function startDraft(manifests: Manifest[], dataset: string | null, like: string | null): Draft {
  const job = like === null ? undefined : findJob(like)
  if (job !== undefined) return draftOf(job)
  const usable = manifests.filter(({ target }) => target !== null)
  const only = usable.length === 1 ? usable[0]!.id : ''
  return { ...DEFAULT_DRAFT, dataset: dataset ?? only }
}

function LaunchForm({ manifests, start }: { manifests: Manifest[]; start: Draft }) {
  const [draft, setDraft] = useState(start)
  const [errors, setErrors] = useState<DraftErrors>({})
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // Once a field was wrong, its sentence goes as soon as it is right.
  const change = (part: Partial<Draft>): void => {
    const next = { ...draft, ...part }
    setDraft(next)
    if (Object.keys(errors).length > 0) setErrors(checkDraft(next, manifests).errors ?? {})
  }
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setRefusal(null)
    const checked = checkDraft(draft, manifests)
    setErrors(checked.errors ?? {})
    if (checked.submit === null) {
      focusFirstError(form.current!)
      return
    }
    setBusy(true)
    try {
      const job = await submitJob(checked.submit)
      go(jobHref(job.id))
    } catch (problem) {
      setRefusal(problem instanceof Error ? problem.message : String(problem))
      setBusy(false)
    }
  }
  return (
    <form ref={form} class="card stack" onSubmit={onSubmit} noValidate>
      <p class="muted">
        Lasso regression: minimise 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁, the linear model with the fewest
        variables that λ asks for.
      </p>
      <DatasetField manifests={manifests} draft={draft} errors={errors} change={change} />
      <LambdaFields draft={draft} errors={errors} change={change} />
      <details open={draft.tol !== DEFAULT_DRAFT.tol || !draft.standardize || !draft.intercept}>
        <summary>Tolerance, standardisation, intercept</summary>
        <SolverFields draft={draft} errors={errors} change={change} />
      </details>
      <WordFields draft={draft} errors={errors} change={change} />
      <div role="alert">{refusal !== null && <p class="note bad">{refusal}</p>}</div>
      <div class="row">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Launching…' : 'Launch'}
        </button>
        <a class="button" href="#/jobs">
          Back
        </a>
      </div>
    </form>
  )
}
