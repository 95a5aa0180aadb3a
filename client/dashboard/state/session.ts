/**
 * Who is logged in: the owner token, in this tab's session storage and nowhere else.
 *
 * A link may carry it as `#token=…`: fragments are not sent to servers, and it leaves the address
 * bar before anything else happens, so that it is neither in the history nor on a shared screen.
 */
import { signal } from '@preact/signals'

const KEY = 'shoal-owner-token'

export const token = signal<string | null>(null)
/** Why the login page is shown again, when there is a reason. */
export const loginHint = signal<string | null>(null)

/** Take the token from the fragment or from an earlier page of this tab. */
export function openSession(): void {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (given !== undefined) {
    history.replaceState(null, '', location.pathname + location.search)
    remember(decodeToken(given))
  } else {
    token.value = read()
  }
}

export function remember(value: string): void {
  token.value = value
  loginHint.value = null
  try {
    sessionStorage.setItem(KEY, value)
  } catch {
    // Storage may be switched off; then the token lasts as long as the page.
  }
}

export function forget(hint: string | null): void {
  token.value = null
  loginHint.value = hint
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was stored either.
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}

function decodeToken(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
