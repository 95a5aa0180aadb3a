/** Copy a text; works on plain-HTTP pages too, where the clipboard API does not exist. */
import { useEffect, useState } from 'preact/hooks'
import { showToast } from '../state/toasts.ts'

async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copyBySelection(text),
    )
  }
  return copyBySelection(text)
}

/** The old way, the only one without a secure context (a classroom's http://192.168.…). */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'quiet'
  document.body.append(area)
  const focused = document.activeElement
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return copied
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  const onClick = async (): Promise<void> => {
    if (await copy(text)) setCopied(true)
    else showToast('bad', `This browser does not let a page copy; the address is ${text}`)
  }
  return (
    <button type="button" class="small" onClick={onClick}>
      <span aria-live="polite">{copied ? 'Copied ✓' : label}</span>
    </button>
  )
}
