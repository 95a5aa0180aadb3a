/** "Are you sure?" as a promise. The native dialog traps the focus, closes on Escape, gives it back. */
import { signal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Question {
  readonly title: string
  readonly text: string
  /** The button that does it, named by the verb: "Delete dataset". */
  readonly action: string
  readonly answer: (yes: boolean) => void
}

const question = signal<Question | null>(null)

export function confirmFirst(asked: Omit<Question, 'answer'>): Promise<boolean> {
  question.value?.answer(false)
  return new Promise((answer) => {
    question.value = { ...asked, answer }
  })
}

function settle(yes: boolean): void {
  const asked = question.value
  question.value = null
  asked?.answer(yes)
}

export function ConfirmDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const asked = question.value
  useEffect(() => {
    if (asked === null) dialog.current?.close()
    else if (dialog.current?.open === false) dialog.current.showModal()
  }, [asked])
  return (
    <dialog
      ref={dialog}
      class="card confirm"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={() => settle(false)}
    >
      <h2 id={`${id}-title`}>{asked?.title}</h2>
      <p id={`${id}-text`}>{asked?.text}</p>
      <div class="row end">
        <button type="button" onClick={() => settle(false)}>
          Keep it
        </button>
        <button type="button" class="danger" onClick={() => settle(true)}>
          {asked?.action}
        </button>
      </div>
    </dialog>
  )
}
