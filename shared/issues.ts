/**
 * What zod finds wrong, in the words of people: "must be ≤ 512" instead of "Too big: expected number
 * to be <=512". Messages that a schema brings itself stay as they are.
 */

export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

const signs: Readonly<Record<string, string>> = { '<=': '≤', '>=': '≥', '<': '<', '>': '>' }

/** The fault alone, without the name of the field. */
export function faultOf({ message }: Issue): string {
  const bound = /^Too (?:small|big): expected (\w+) to (be|have) ([<>]=?)([^ ]+)(.*)$/.exec(message)
  if (bound) {
    const [, type, verb, sign, limit, unit] = bound
    if (verb === 'be') return `must be ${signs[sign!]} ${limit}`
    return `expected a ${type} of ${signs[sign!]} ${limit}${unit}`
  }
  const options = /^Invalid option: expected one of (.+)$/.exec(message)?.[1]
  if (options) return `expected one of ${options.replaceAll('|', ', ').replaceAll('"', '')}`
  if (/^Invalid input: .*received undefined$/.test(message)) return 'is missing'
  if (message === 'Invalid input: expected int, received number') return 'expected a whole number'
  const input = /^Invalid input: expected (\w+), received (\w+)$/.exec(message)
  if (input) return `expected ${named(input[1]!)}, got ${named(input[2]!)}`
  const keys = /^Unrecognized keys?: (.+)$/.exec(message)?.[1]
  if (keys) return `there is no field ${keys.replaceAll('", "', '" or "')}`
  return message
}

const names: Readonly<Record<string, string>> = {
  ...{ record: 'an object', object: 'an object', array: 'an array' },
  ...{ NaN: 'no number', null: 'null', undefined: 'nothing' },
}
const named = (type: string): string => names[type] ?? `a ${type}`

/** "lambdaRatio: must be ≤ 1; tol: must be > 0" */
export function faultsOf(issues: readonly Issue[]): string {
  return issues
    .map((issue) => {
      const fault = faultOf(issue)
      return issue.path.length > 0 ? `${issue.path.join('.')}: ${fault}` : fault
    })
    .join('; ')
}
