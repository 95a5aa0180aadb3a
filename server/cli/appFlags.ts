/**
 * An app's flags, from the one table the app declares, for every command that takes its spec. A
 * flag that is not given leaves its field out, so that defaults stand in one place: its schema.
 */
import type { Command } from 'commander'
import type { AnyApp, Flag } from '../../shared/app.ts'
import { UserError } from '../../shared/errors.ts'
import { faultOf } from '../../shared/issues.ts'
import { parseNumber } from './numbers.ts'

export type AppFlags = Pick<AnyApp, 'flags' | 'spec'>

/** "--lambda-ratio <r>" → "--lambda-ratio" */
const wordOf = ({ flag }: Flag): string => flag.split(' ')[0]!

/** "--lambda-ratio <r>" → "lambdaRatio", "--no-guard" → "guard": commander's name of an option. */
function optionName(flag: Flag): string {
  const word = wordOf(flag).replace(/^--(no-)?/, '')
  return word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function addAppFlags(command: Command, { flags, spec }: AppFlags): Command {
  const defaults = spec.safeParse({})
  for (const each of flags as readonly Flag[]) {
    const { flag, values } = each
    const text = withDefault(each, defaults.success ? defaults.data : {})
    if (flag.includes('<') && values !== 'text') command.option(flag, text, parseNumber)
    else command.option(flag, text)
  }
  return command
}

/** A flag that does not say its default in words says that of the spec, where it has one. */
function withDefault({ flag, text, field }: Flag, defaults: unknown): string {
  let value = defaults
  for (const key of field.split('.')) value = (value as Record<string, unknown> | undefined)?.[key]
  const isPlain = typeof value === 'number' || typeof value === 'string'
  return isPlain && flag.includes('<') && !text.includes('(default: ')
    ? `${text} (default: ${value})`
    : text
}

/** The spec as the flags give it. @throws UserError that names the flag at fault. */
export function appSpec(
  command: Command,
  { flags, spec: schema }: AppFlags,
): Record<string, unknown> {
  const spec: Record<string, unknown> = {}
  for (const flag of flags as readonly Flag[]) {
    const name = optionName(flag)
    if (command.getOptionValueSource(name) !== 'cli') continue
    place(spec, flag.field.split('.'), command.getOptionValue(name))
  }
  const parsed = schema.safeParse(spec)
  if (!parsed.success) throw new UserError(explain(parsed.error.issues[0]!, command, flags))
  return spec
}

/** "--lambda -1: must be > 0." The app speaks of its fields; people typed flags. */
function explain(
  issue: { path: PropertyKey[]; message: string },
  command: Command,
  flags: readonly Flag[],
): string {
  const field = issue.path.join('.')
  const flag = flags.find((candidate) => candidate.field === field)
  let message = faultOf(issue).replace(new RegExp(`^${String(issue.path.at(-1))} `), '')
  if (flag) return `${wordOf(flag)} ${command.getOptionValue(optionName(flag))}: ${message}.`
  for (const candidate of flags)
    message = message.replace(new RegExp(`\\b(?<!-)${candidate.field}\\b`, 'g'), wordOf(candidate))
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
