/**
 * A launch form made from an app's own flags, for every app that has no form by hand.
 *
 * What is left empty stays out of the spec, so that the server's defaults hold; ranges are the
 * server's to judge, in a sentence that the form shows.
 */
import type { AppView, Flag } from '../../../shared/app.ts'
import type { Submit } from '../../../shared/protocol.ts'

export interface FlagField {
  /** The flag as typed: unique within an app. */
  readonly key: string
  /** Place in the spec. */
  readonly path: readonly string[]
  readonly label: string
  readonly help: string
  readonly control: 'number' | 'text' | 'choice' | 'check'
  readonly choices: readonly string[]
  /** A check that sets its field to false. */
  readonly isNegative: boolean
  /** How the work is cut and leased, not what is computed: folded away. */
  readonly isTuning: boolean
  /** What holds when it is left empty, as text; empty when the app does not say. */
  readonly fallback: string
}

/** Text as typed, or whether the box is ticked, by key. */
export type FlagValues = Readonly<Record<string, string | boolean>>

export interface FlagDraft {
  readonly dataset: string
  readonly name: string
  readonly purpose: string
  readonly seed: string
  readonly values: FlagValues
}

export type FlagErrors = Readonly<Record<string, string>>

const NAMES_MAX = 100
const PURPOSE_MAX = 300
const SEED_MAX = 0xffffffff

export function fieldsOf({ flags, defaults }: Pick<AppView, 'flags' | 'defaults'>): FlagField[] {
  return flags.map((flag) => fieldOf(flag, defaults))
}

function fieldOf({ flag, text, field, values }: Flag, defaults: AppView['defaults']): FlagField {
  const [, key = flag, argument] = /^--([\w-]+)(?:\s+[<[](.*)[>\]])?$/.exec(flag) ?? []
  const choices = argument?.includes('|') ? argument.split('|') : []
  const takes = argument !== undefined
  const path = field.split('.')
  const known = takes ? read(defaults, path) : undefined
  const fallback = known === undefined ? '' : String(known)
  // A default that the field shows by itself need not be read twice.
  const told = fallback === '' ? text : text.replace(/ \(default: [^();]*\)$/, '')
  // "the --validation ratings": who fills in a form knows no flags.
  const said = told.replace(/--([a-z][a-z-]*)/g, (_, word: string) => word.replaceAll('-', ' '))
  return {
    key,
    path,
    label: sentence(key.replaceAll('-', ' ')),
    help: `${sentence(said)}.`,
    control: !takes ? 'check' : choices.length > 0 ? 'choice' : (values ?? 'number'),
    choices,
    isNegative: !takes && key.startsWith('no-'),
    isTuning: path[0] === 'schedule' || path.at(-1) === 'leaseMs',
    fallback,
  }
}

/** First letter upper case, Greek symbols left alone. */
function sentence(text: string): string {
  return /^[a-z]/.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text
}

function read(object: unknown, path: readonly string[]): unknown {
  let at = object
  for (const part of path) at = (at as Record<string, unknown> | undefined)?.[part]
  return at
}

function write(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = object
  for (const part of path.slice(0, -1)) {
    at[part] ??= {}
    at = at[part] as Record<string, unknown>
  }
  at[path.at(-1)!] = value
}

/** The form of a spec: that of a job launched before, or an empty one. */
export function valuesOf(
  fields: readonly FlagField[],
  spec: Readonly<Record<string, unknown>>,
): FlagValues {
  const entries = fields.map((field): [string, string | boolean] => {
    const value = read(spec, field.path)
    if (field.control === 'check') return [field.key, value === !field.isNegative]
    const text = value === undefined || value === null ? '' : String(value)
    return [field.key, text === field.fallback ? '' : text]
  })
  return Object.fromEntries(entries)
}

export type CheckedFlags =
  | { readonly submit: Submit; readonly errors: null }
  | { readonly submit: null; readonly errors: FlagErrors }

/** What the form asks for, or what is wrong with it by field. */
export function checkFlags(
  app: AppView,
  fields: readonly FlagField[],
  draft: FlagDraft,
): CheckedFlags {
  const errors: Record<string, string> = {}
  const spec: Record<string, unknown> = {}
  for (const field of fields) {
    const value = readValue(field, draft.values[field.key], app.defaults)
    if (value instanceof Refusal) errors[field.key] = value.text
    else if (value !== undefined) write(spec, field.path, value)
  }
  if (draft.dataset === '') errors.dataset = 'Choose the dataset.'
  const [name, purpose, seed] = [draft.name.trim(), draft.purpose.trim(), draft.seed.trim()]
  if (name.length > NAMES_MAX) errors.name = `At most ${NAMES_MAX} characters.`
  if (purpose.length > PURPOSE_MAX) errors.purpose = `At most ${PURPOSE_MAX} characters.`
  if (seed !== '' && !(/^\d+$/.test(seed) && Number(seed) <= SEED_MAX))
    errors.seed = `Give a whole number from 0 to ${SEED_MAX}, or nothing.`
  if (Object.keys(errors).length > 0) return { submit: null, errors }
  const submit: Submit = { app: app.name, dataset: draft.dataset, spec }
  if (name !== '') submit.name = name
  if (purpose !== '') submit.purpose = purpose
  if (seed !== '') submit.seed = Number(seed)
  return { submit, errors: null }
}

class Refusal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Undefined: left to the server. */
function readValue(
  field: FlagField,
  given: string | boolean | undefined,
  defaults: AppView['defaults'],
): unknown {
  if (field.control === 'check') {
    const value = given === true ? !field.isNegative : field.isNegative
    return value === (read(defaults, field.path) ?? field.isNegative) ? undefined : value
  }
  const text = String(given ?? '').trim()
  if (text === '') return undefined
  const isNumeric =
    field.control === 'number' ||
    (field.control === 'choice' && field.choices.every((choice) => !Number.isNaN(Number(choice))))
  if (!isNumeric) return text
  if (/^[+-]?\d+,\d+$/.test(text))
    return new Refusal(`Write ${text.replace(',', '.')} with a point.`)
  const value = Number(text)
  return Number.isFinite(value)
    ? value
    : new Refusal(
        `Give a number${field.fallback === '' ? '' : `, or nothing for ${field.fallback}`}.`,
      )
}
