/**
 * The launch form of linear models: what the owner has typed, and what is wrong with it, said beside
 * the field.
 *
 * The rules mirror shared/linear/spec.ts and shared/apps/logistic/spec.ts without loading zod into the page; the server checks
 * again and has the last word. A test holds the two together.
 */
import type { Manifest } from '../../../shared/dataset.ts'
import type { JobView, Submit } from '../../../shared/protocol.ts'

export type LambdaMode = 'ratio' | 'absolute' | 'path'

/** Text as typed: a half-typed "1e-" must survive a redraw. */
export interface Draft {
  dataset: string
  name: string
  purpose: string
  mode: LambdaMode
  ratio: string
  lambda: string
  path: string
  cv: boolean
  folds: string
  l1Ratio: string
  /** Of logistic regression: "balanced", "a,b" or nothing. */
  classWeight: string
  tol: string
  standardize: boolean
  intercept: boolean
}

export type DraftErrors = Partial<Record<keyof Draft, string>>

export type CheckedDraft = { submit: Submit; errors: null } | { submit: null; errors: DraftErrors }

/** glmnet's habits: standardise, intercept, a path of 100, ten folds. */
export const DEFAULT_DRAFT: Draft = {
  dataset: '',
  name: '',
  purpose: '',
  mode: 'ratio',
  ratio: '0.1',
  lambda: '',
  path: '100',
  cv: false,
  folds: '10',
  l1Ratio: '1',
  classWeight: '',
  tol: '1e-6',
  standardize: true,
  intercept: true,
}

export function checkDraft(
  draft: Draft,
  datasets: readonly Manifest[],
  app = 'lasso',
): CheckedDraft {
  const errors: DraftErrors = {}
  const dataset = datasets.find((entry) => entry.id === draft.dataset)
  if (dataset === undefined) {
    errors.dataset = 'Choose the dataset to fit.'
  } else if (dataset.target === null) {
    errors.dataset = `“${dataset.name}” has no target y; upload it again with a target column or file.`
  }
  if (draft.name.trim().length > 100) errors.name = 'At most 100 characters.'
  if (draft.purpose.trim().length > 300) errors.purpose = 'At most 300 characters.'
  const lambdas = checkLambda(draft, dataset?.rows ?? Number.POSITIVE_INFINITY, errors)
  const tol = readNumber(draft.tol, 'the tolerance', { min: 1e-12, max: 0.1 })
  if (typeof tol === 'string') errors.tol = tol
  const l1Ratio = readNumber(draft.l1Ratio, 'the share of ℓ1', { above: 0, max: 1 })
  if (typeof l1Ratio === 'string') errors.l1Ratio = l1Ratio
  const classWeight = app === 'logistic' ? draft.classWeight.trim() : ''
  if (classWeight !== '' && !isClassWeight(classWeight))
    errors.classWeight = 'Write balanced, or two numbers above 0 with a comma between, such as 1,3.'
  if (Object.keys(errors).length > 0) return { submit: null, errors }
  const submit: Submit = {
    app,
    dataset: draft.dataset,
    spec: {
      ...lambdas,
      ...(l1Ratio !== 1 && { l1Ratio }),
      ...(classWeight !== '' && { classWeight }),
      tol,
      standardize: draft.standardize,
      intercept: draft.intercept,
    },
  }
  if (draft.name.trim() !== '') submit.name = draft.name.trim()
  if (draft.purpose.trim() !== '') submit.purpose = draft.purpose.trim()
  return { submit, errors: null }
}

/** "balanced", or "a,b" above 0. */
function isClassWeight(text: string): boolean {
  const pair = text.split(',').map((part) => (part.trim() === '' ? 0 : Number(part)))
  return text === 'balanced' || (pair.length === 2 && pair.every((w) => w > 0 && w < Infinity))
}

function checkLambda(draft: Draft, rows: number, errors: DraftErrors): Record<string, number> {
  const spec: Record<string, number> = {}
  const take = (
    field: 'ratio' | 'lambda' | 'path' | 'folds',
    key: string,
    subject: string,
    range: Range,
  ): void => {
    const value = readNumber(draft[field], subject, range)
    if (typeof value === 'string') errors[field] = value
    else spec[key] = value
  }
  switch (draft.mode) {
    case 'ratio':
      take('ratio', 'lambdaRatio', 'the share of λmax', { above: 0, max: 1 })
      break
    case 'absolute':
      take('lambda', 'lambda', 'λ', { above: 0 })
      break
    case 'path':
      take('path', 'path', 'the number of λ', { min: 2, max: 1000, whole: true })
      if (draft.cv) {
        const max = Math.min(50, rows)
        take('folds', 'cv', 'the number of folds', { min: 3, max, whole: true })
      }
  }
  return spec
}

interface Range {
  min?: number
  max?: number
  above?: number
  whole?: boolean
}

/** The number, or a sentence that says what was expected. */
function readNumber(text: string, subject: string, range: Range): number | string {
  const trimmed = text.trim()
  const expected = `Give ${subject} as a ${range.whole ? 'whole ' : ''}number ${describe(range)}.`
  if (trimmed === '') return expected
  if (/^[+-]?\d+,\d+$/.test(trimmed)) return `Write ${trimmed.replace(',', '.')} with a point.`
  const value = Number(trimmed)
  const fits =
    Number.isFinite(value) &&
    (range.whole !== true || Number.isInteger(value)) &&
    value >= (range.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (range.max ?? Number.POSITIVE_INFINITY) &&
    value > (range.above ?? Number.NEGATIVE_INFINITY)
  return fits ? value : expected
}

function describe({ min, max, above }: Range): string {
  if (above !== undefined)
    return max === undefined ? `above ${above}` : `above ${above}, up to ${max}`
  return `from ${min} to ${max}`
}

/** The form of a job that was launched before, to launch it again with a change. */
export function draftOf(job: JobView): Draft {
  const { lambda, lambdaRatio, path, cv, l1Ratio, classWeight, tol } = job.spec
  const { standardize, intercept } = job.spec
  const draft: Draft = { ...DEFAULT_DRAFT, dataset: job.dataset.id, name: job.name.slice(0, 100) }
  if (typeof lambdaRatio === 'number') draft.ratio = String(lambdaRatio)
  if (typeof lambda === 'number') Object.assign(draft, { mode: 'absolute', lambda: String(lambda) })
  if (typeof path === 'number') Object.assign(draft, { mode: 'path', path: String(path) })
  if (typeof cv === 'number') Object.assign(draft, { cv: true, folds: String(cv) })
  if (typeof l1Ratio === 'number') draft.l1Ratio = String(l1Ratio)
  if (typeof classWeight === 'string') draft.classWeight = classWeight
  if (typeof tol === 'number') draft.tol = String(tol)
  if (typeof standardize === 'boolean') draft.standardize = standardize
  if (typeof intercept === 'boolean') draft.intercept = intercept
  return draft
}

/** What a spec asks, in a line: "λ = 0.1 λmax", "path of 100 λ, 10-fold cross-validation". */
export function describeSpec(spec: Readonly<Record<string, unknown>>): string {
  if (typeof spec.path === 'number') {
    const folds = typeof spec.cv === 'number' ? `, ${spec.cv}-fold cross-validation` : ''
    return `path of ${spec.path} λ${folds}`
  }
  if (typeof spec.lambdaRatio === 'number') return `λ = ${spec.lambdaRatio} λmax`
  if (typeof spec.lambda === 'number') return `λ = ${spec.lambda}`
  return ''
}
