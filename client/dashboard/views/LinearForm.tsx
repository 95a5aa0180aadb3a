/** The launch form of the linear models, made by hand: their choices of λ hang together. */
import { useState } from 'preact/hooks'
import type { Submit } from '../../../shared/protocol.ts'
import { checkDraft, DEFAULT_DRAFT, type Draft, type DraftErrors, draftOf } from '../pure/draft.ts'
import { type FormProps, LaunchFrame } from './LaunchFrame.tsx'
import {
  ClassWeightField,
  DatasetField,
  LambdaFields,
  SolverFields,
  WordFields,
} from './launchFields.tsx'

const SOLVER_FIELDS = ['l1Ratio', 'tol', 'standardize', 'intercept'] as const

/** The job to repeat, or the dataset asked for, or the only one there is. */
function startDraft({ manifests, dataset, like }: FormProps): Draft {
  if (like !== undefined) return draftOf(like)
  const usable = manifests.filter(({ target }) => target !== null)
  const only = usable.length === 1 ? usable[0]!.id : ''
  return { ...DEFAULT_DRAFT, dataset: dataset || only }
}

export function LinearForm(props: FormProps) {
  const { app, manifests } = props
  const [draft, setDraft] = useState(() => startDraft(props))
  const [errors, setErrors] = useState<DraftErrors>({})
  // Once a field was wrong, its sentence goes as soon as it is right.
  const change = (part: Partial<Draft>): void => {
    const next = { ...draft, ...part }
    setDraft(next)
    if (Object.keys(errors).length > 0)
      setErrors(checkDraft(next, manifests, app.name).errors ?? {})
  }
  const check = (): Submit | null => {
    const checked = checkDraft(draft, manifests, app.name)
    setErrors(checked.errors ?? {})
    return checked.submit
  }
  return (
    <LaunchFrame check={check}>
      <DatasetField
        kind="matrix"
        manifests={manifests}
        dataset={draft.dataset}
        error={errors.dataset}
        onChange={(dataset) => change({ dataset })}
      />
      <LambdaFields draft={draft} errors={errors} change={change} />
      {app.name === 'logistic' && (
        <ClassWeightField draft={draft} errors={errors} change={change} />
      )}
      <details open={SOLVER_FIELDS.some((field) => draft[field] !== DEFAULT_DRAFT[field])}>
        <summary>Elastic net, tolerance, standardisation, intercept</summary>
        <SolverFields draft={draft} errors={errors} change={change} />
      </details>
      <WordFields draft={draft} errors={errors} change={change} />
    </LaunchFrame>
  )
}
