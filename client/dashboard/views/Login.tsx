/** The door. The token is tried at once, so that a wrong one is said here and not later. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Field } from '../parts/Field.tsx'
import { Mark } from '../parts/Mark.tsx'
import { ApiProblem, problemOf, WRONG_TOKEN } from '../state/api.ts'
import { loginHint, remember } from '../state/session.ts'

async function tryToken(token: string): Promise<void> {
  // Beyond Latin-1 the browser would refuse the header itself, with a sentence about ByteString.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ApiProblem(401, WRONG_TOKEN)
  const headers = { Authorization: `Bearer ${token}` }
  const response = await fetch('/api/jobs', { headers, cache: 'no-store' }).catch(() => null)
  if (response === null) throw problemOf(0, '')
  if (response.status === 401) throw new ApiProblem(401, WRONG_TOKEN)
  if (!response.ok) throw problemOf(response.status, await response.text())
}

export function Login() {
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string | null>(loginHint.value)
  const [busy, setBusy] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const focusInput = (): void => box.current?.querySelector('input')?.focus()
  // Once, when the page appears.
  useEffect(() => {
    document.title = 'Log in – Shoal dashboard'
    focusInput()
  }, [])
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const token = typed.trim()
    if (token === '') {
      setError('Paste the owner token first.')
      focusInput()
      return
    }
    setBusy(true)
    try {
      await tryToken(token)
      remember(token)
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem))
      setBusy(false)
      focusInput()
    }
  }
  return (
    <main class="login" ref={box}>
      <form class="card stack" onSubmit={onSubmit} noValidate>
        <div class="brand">
          <Mark /> Shoal
        </div>
        <h1>Owner’s dashboard</h1>
        <div role="alert">{error !== null && <p class="note bad">{error}</p>}</div>
        <Field
          label="Owner token"
          help={
            <>
              The content of the file <code>owner-token</code> in the server’s data directory;{' '}
              <code>shoal serve</code> prints where it is.
            </>
          }
        >
          {(control) => (
            <input
              {...control}
              aria-invalid={error !== null}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Checking…' : 'Log in'}
        </button>
        <p class="small muted">
          The token stays in this tab and is forgotten when the tab closes. Here to help compute?{' '}
          <a href="./">Open the volunteer page</a>, no token needed.
        </p>
      </form>
    </main>
  )
}
