/** The corner where messages appear; a live region, so that they are read out as well. */
import { dismissToast, toasts } from '../state/toasts.ts'

export function Toasts() {
  return (
    <div class="toasts" aria-live="polite" aria-relevant="additions">
      {toasts.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`} role={kind === 'bad' ? 'alert' : undefined}>
          <p>{text}</p>
          <button
            type="button"
            class="plain"
            aria-label="Dismiss this message"
            onClick={() => dismissToast(id)}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  )
}
