/**
 * A mistake of the person who uses Shoal, as opposed to one of ours: its message is one sentence
 * (or two) that says where, what was expected and what to do. It is shown as it stands, without a
 * stack; the command line exits with 1, the HTTP API answers 400.
 */
export class UserError extends Error {
  override name = 'UserError'
}

/** For the last arm of an exhaustive switch. */
export function unreachable(x: never): never {
  throw new Error(`unreachable: ${JSON.stringify(x)}`)
}
