/** Short messages over the page: good news leaves by itself, bad news waits to be dismissed. */
import { signal } from '@preact/signals'

export interface Toast {
  readonly id: number
  readonly kind: 'good' | 'bad'
  readonly text: string
}

const TOASTS_MAX = 4
const GOOD_MS = 5000

export const toasts = signal<readonly Toast[]>([])
let last = 0

export function showToast(kind: Toast['kind'], text: string): void {
  // The same sentence again (a server that is down, asked every few seconds) is one message.
  const others = toasts.value.filter((toast) => toast.text !== text)
  const toast: Toast = { id: ++last, kind, text }
  toasts.value = [...others, toast].slice(-TOASTS_MAX)
  if (kind === 'good') setTimeout(() => dismissToast(toast.id), GOOD_MS)
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** Run something the owner asked for; a failure is shown, not thrown. True when it worked. */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    showToast('bad', error instanceof Error ? error.message : String(error))
    return false
  }
}
