/**
 * The lasso's flags: one table, used by every command that takes a lasso spec. A flag that is not
 * given leaves its field out, so that the defaults stand in one place, the app's own schema.
 */
import type { Command } from 'commander'
import { specSchema } from '../../shared/apps/lasso/spec.ts'
import { UserError } from '../../shared/errors.ts'
import { parseNumber } from './numbers.ts'

interface Flag {
  /** As commander writes it; `--no-…` sets its field to false. */
  readonly flag: string
  readonly text: string
  /** Place in the spec, dots for nesting. */
  readonly field: string
}

export const lassoFlags: readonly Flag[] = [
  { flag: '--lambda <λ>', text: 'λ of 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁', field: 'lambda' },
  { flag: '--lambda-ratio <r>', text: 'λ as a share of λmax, 0 < r ≤ 1', field: 'lambdaRatio' },
  {
    flag: '--path <k>',
    text: 'k values of λ from λmax downwards, on glmnet’s grid',
    field: 'path',
  },
  { flag: '--cv <folds>', text: 'cross-validate λ along the path', field: 'cv' },
  {
    flag: '--tol <t>',
    text: 'end at a duality gap ≤ t · ½‖y − ȳ‖²/n (default: 1e-6)',
    field: 'tol',
  },
  { flag: '--no-standardize', text: 'take the columns in their own units', field: 'standardize' },
  { flag: '--no-intercept', text: 'no β₀', field: 'intercept' },
  { flag: '--no-priority', text: 'draw variables uniformly', field: 'schedule.priority' },
  { flag: '--power <1|2>', text: 'exponent of |δ| in the priority', field: 'schedule.power' },
  {
    flag: '--rho <ρ>',
    text: 'correlation that keeps variables apart; 1: off',
    field: 'schedule.rho',
  },
  { flag: '--no-guard', text: 'commit every delta as it comes', field: 'schedule.guard' },
  {
    flag: '--memory <k>',
    text: 'last steps the guarded commit may reuse',
    field: 'schedule.memory',
  },
  { flag: '--lease-ms <ms>', text: 'length of a lease to aim for', field: 'schedule.leaseMs' },
]

/** "--lambda-ratio <r>" → "lambdaRatio", "--no-guard" → "guard": commander's name of an option. */
function optionName(flag: string): string {
  const word = flag.split(' ')[0]!.replace(/^--(no-)?/, '')
  return word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function addLassoFlags(command: Command): Command {
  for (const { flag, text } of lassoFlags)
    if (flag.startsWith('--no-')) command.option(flag, text)
    else command.option(flag, text, parseNumber)
  return command
}

/** The spec as the flags give it. @throws UserError that names the flag at fault. */
export function lassoSpec(command: Command): Record<string, unknown> {
  const spec: Record<string, unknown> = {}
  for (const { flag, field } of lassoFlags) {
    const name = optionName(flag)
    if (command.getOptionValueSource(name) !== 'cli') continue
    place(spec, field.split('.'), command.getOptionValue(name))
  }
  const parsed = specSchema.safeParse(spec)
  if (parsed.success) return spec
  throw new UserError(explain(parsed.error.issues[0]!, command))
}

/** "--lambda -1: must be > 0." The app speaks of its fields; people typed flags. */
function explain(issue: { path: PropertyKey[]; message: string }, command: Command): string {
  const field = issue.path.join('.')
  const flag = lassoFlags.find((candidate) => candidate.field === field)?.flag
  let message = issue.message.replace(new RegExp(`^${issue.path.at(-1)?.toString()} `), '')
  if (flag) {
    const value = command.getOptionValue(optionName(flag))
    return `${flag.split(' ')[0]} ${value}: ${message}.`
  }
  for (const { flag, field } of lassoFlags)
    message = message.replace(new RegExp(`\\b(?<!-)${field}\\b`, 'g'), flag.split(' ')[0]!)
  return `${message[0]!.toUpperCase()}${message.slice(1)}.`
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path
  if (rest.length === 0) {
    target[head!] = value
    return
  }
  target[head!] ??= {}
  place(target[head!] as Record<string, unknown>, rest, value)
}
