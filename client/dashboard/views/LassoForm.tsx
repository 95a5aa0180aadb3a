/** The lasso's launch form, made by hand: its choices of λ hang together. */
import { useState } from 'preact/hooks'
import type { Submit } from '../../../shared/protocol.ts'
import { checkDraft, DEFAULT_DRAFT, type Draft, type DraftErrors, draftOf } from '../pure/draft.ts'
import type { FormProps } from './Launch.tsx'
import { LaunchFrame } from './LaunchFrame.tsx'
import { DatasetField, LambdaFields, SolverFields, WordFields } from './launchFields.tsx'

/** The job to repeat, or the dataset asked for, or the only one there is. */
function startDraft({ manifests, dataset, like }: FormProps): Draft {
  if (like !== undefined) return draftOf(like)
  const usable = manifests.filter(({ target }) => target !== null)
  const only = usable.length === 1 ? usable[0]!.id : ''
  return { ...DEFAULT_DRAFT, dataset: dataset || only }
}

export function LassoForm(props: FormProps) {
  const { manifests } = props
  const [draft, setDraft] = useState(() => startDraft(props))
  const [errors, setErrors] = useState<DraftErrors>({})
  // Once a field was wrong, its sentence goes as soon as it is right.
  const change = (part: Partial<Draft>): void => {
    const next = { ...draft, ...part }
    setDraft(next)
    if (Object.keys(errors).length > 0) setErrors(checkDraft(next, manifests).errors ?? {})
  }
  const check = (): Submit | null => {
    const checked = checkDraft(draft, manifests)
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
      <details open={draft.tol !== DEFAULT_DRAFT.tol || !draft.standardize || !draft.intercept}>
        <summary>Tolerance, standardisation, intercept</summary>
        <SolverFields draft={draft} errors={errors} change={change} />
      </details>
      <WordFields draft={draft} errors={errors} change={change} />
    </LaunchFrame>
  )
}
