/** What launch forms start from, and what is around their fields: sending, refusals, the buttons. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { AppView } from '../../../shared/app.ts'
import type { Manifest } from '../../../shared/dataset.ts'
import type { JobView, Submit } from '../../../shared/protocol.ts'
import { focusFirstError } from '../parts/Field.tsx'
import { submitJob } from '../state/grid.ts'
import { go, jobHref } from '../state/route.ts'

/** What every launch form starts from. */
export interface FormProps {
  readonly app: AppView
  /** Of the app's kind. */
  readonly manifests: readonly Manifest[]
  /** The id of the dataset to begin with; empty: the only one that fits, if there is one. */
  readonly dataset: string
  readonly like: JobView | undefined
}

interface Props {
  /** Null when a field is wrong, which then says so itself. */
  readonly check: () => Submit | null
  readonly children: ComponentChildren
}

export function LaunchFrame({ check, children }: Props) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // Opening a large job takes seconds: who has gone elsewhere meanwhile stays there.
  const left = useRef(false)
  useEffect(
    () => () => {
      left.current = true
    },
    [],
  )
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setRefusal(null)
    const submit = check()
    if (submit === null) {
      focusFirstError(form.current!)
      return
    }
    setBusy(true)
    try {
      const job = await submitJob(submit)
      if (!left.current) go(jobHref(job.id))
    } catch (problem) {
      setRefusal(problem instanceof Error ? problem.message : String(problem))
      setBusy(false)
    }
  }
  return (
    <form ref={form} class="card stack" onSubmit={onSubmit} noValidate>
      {children}
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
