/** Launch a lasso job: the form, its defaults, and what each choice means. */
import { useRef, useState } from 'preact/hooks'
import type { Manifest } from '../../../shared/dataset.ts'
import { Check, Choice, Field, focusFirstError } from '../parts/Field.tsx'
import {
  checkDraft,
  DEFAULT_DRAFT,
  type Draft,
  type DraftErrors,
  draftOf,
  type LambdaMode,
} from '../pure/draft.ts'
import { formatCount } from '../pure/format.ts'
import { datasets, findJob, jobs, submitJob } from '../state/grid.ts'
import { go, jobHref } from '../state/route.ts'

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

interface PartProps {
  readonly draft: Draft
  readonly errors: DraftErrors
  readonly change: (part: Partial<Draft>) => void
}

function DatasetField({ manifests, draft, errors, change }: PartProps & { manifests: Manifest[] }) {
  return (
    <Field label="Dataset" error={errors.dataset}>
      {(control) => (
        <select
          {...control}
          value={draft.dataset}
          onChange={(event) => change({ dataset: event.currentTarget.value })}
        >
          <option value="">Choose…</option>
          {manifests.map(({ id, name, rows, columns, target }) => (
            <option key={id} value={id}>
              {name} ({formatCount(rows)} × {formatCount(columns)}
              {target === null ? ', no target y' : ''})
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

const MODES: readonly (readonly [LambdaMode, string])[] = [
  ['ratio', 'Share of λmax'],
  ['absolute', 'λ itself'],
  ['path', 'A path of λ'],
]

function LambdaFields({ draft, errors, change }: PartProps) {
  return (
    <>
      <Choice
        label="How much should λ penalise?"
        options={MODES}
        value={draft.mode}
        onChange={(mode) => change({ mode })}
      />
      {draft.mode === 'ratio' && (
        <TextField
          label="λ / λmax"
          help="λmax is the smallest λ at which every coefficient is 0. 0.1 gives a sparse model; smaller gives more non-zeros and takes longer."
          value={draft.ratio}
          error={errors.ratio}
          decimal
          onInput={(ratio) => change({ ratio })}
        />
      )}
      {draft.mode === 'absolute' && (
        <TextField
          label="λ"
          help="In the units of the objective above (1/n scaling, as glmnet and scikit-learn)."
          value={draft.lambda}
          error={errors.lambda}
          decimal
          onInput={(lambda) => change({ lambda })}
        />
      )}
      {draft.mode === 'path' && (
        <>
          <TextField
            label="Number of λ"
            help="Warm-started from λmax downwards on glmnet’s grid; ends early where the fit no longer improves."
            value={draft.path}
            error={errors.path}
            decimal
            onInput={(path) => change({ path })}
          />
          <Check
            label="Choose λ by cross-validation"
            help="Fits the path once more for every fold and reports the best λ (min) and the simplest model as good as it within one standard error (1se)."
            checked={draft.cv}
            onChange={(cv) => change({ cv })}
          />
          {draft.cv && (
            <TextField
              label="Folds"
              value={draft.folds}
              error={errors.folds}
              decimal
              onInput={(folds) => change({ folds })}
            />
          )}
        </>
      )}
    </>
  )
}

function SolverFields({ draft, errors, change }: PartProps) {
  return (
    <div class="stack">
      <TextField
        label="Tolerance"
        help="The job ends when the duality gap, certified by the server, is at most this share of ½‖y − ȳ‖²/n."
        value={draft.tol}
        error={errors.tol}
        decimal
        onInput={(tol) => change({ tol })}
      />
      <Check
        label="Standardise the columns"
        help="λ then treats every column alike, whatever its unit. Coefficients are reported in the data’s units either way."
        checked={draft.standardize}
        onChange={(standardize) => change({ standardize })}
      />
      <Check
        label="Fit an intercept"
        help="Not penalised."
        checked={draft.intercept}
        onChange={(intercept) => change({ intercept })}
      />
    </div>
  )
}

function WordFields({ draft, errors, change }: PartProps) {
  return (
    <>
      <TextField
        label="Name (optional)"
        help="For you, to find the job again."
        value={draft.name}
        error={errors.name}
        onInput={(name) => change({ name })}
      />
      <TextField
        label="Purpose (optional)"
        help="Volunteers see this: who asks, and why."
        value={draft.purpose}
        error={errors.purpose}
        onInput={(purpose) => change({ purpose })}
      />
    </>
  )
}

interface TextProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly error: string | undefined
  readonly decimal?: boolean
  readonly onInput: (value: string) => void
}

function TextField({ label, help, value, error, decimal, onInput }: TextProps) {
  return (
    <Field label={label} help={help} error={error}>
      {(control) => (
        <input
          {...control}
          class={decimal ? 'short' : ''}
          inputMode={decimal ? 'decimal' : 'text'}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
