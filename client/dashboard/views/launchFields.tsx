/** The parts of the launch forms, each with what its choice means. */
import type { DatasetKind, Manifest } from '../../../shared/dataset.ts'
import { Check, Choice, Field } from '../parts/Field.tsx'
import type { Draft, DraftErrors, LambdaMode } from '../pure/draft.ts'
import { describeShape } from '../pure/kinds.ts'

export interface PartProps {
  readonly draft: Draft
  readonly errors: DraftErrors
  readonly change: (part: Partial<Draft>) => void
}

interface DatasetProps {
  readonly kind: DatasetKind
  /** Of that kind. */
  readonly manifests: readonly Manifest[]
  readonly dataset: string
  readonly error: string | undefined
  readonly onChange: (dataset: string) => void
}

export function DatasetField({ kind, manifests, dataset, error, onChange }: DatasetProps) {
  return (
    <Field label="Dataset" error={error}>
      {(control) => (
        <select
          {...control}
          value={dataset}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          <option value="">Choose…</option>
          {manifests.map((manifest) => (
            <option key={manifest.id} value={manifest.id}>
              {manifest.name} ({describeShape(kind, manifest)}
              {kind === 'matrix' && manifest.target === null ? ', no target y' : ''})
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

const MODES: readonly (readonly [LambdaMode, string])[] = [
  ['ratio', 'Share of λmax'],
  ['absolute', 'λ itself'],
  ['path', 'A path of λ'],
]

export function LambdaFields({ draft, errors, change }: PartProps) {
  return (
    <>
      <Choice
        label="How much should λ penalise?"
        options={MODES}
        value={draft.mode}
        onChange={(mode) => change({ mode })}
      />
      {draft.mode === 'ratio' && (
        <TextField
          label="λ / λmax"
          help="λmax is the smallest λ at which every coefficient is 0. 0.1 gives a sparse model; smaller gives more non-zeros and takes longer."
          value={draft.ratio}
          error={errors.ratio}
          decimal
          onInput={(ratio) => change({ ratio })}
        />
      )}
      {draft.mode === 'absolute' && (
        <TextField
          label="λ"
          help="In the units of the objective above (1/n scaling, as glmnet and scikit-learn)."
          value={draft.lambda}
          error={errors.lambda}
          decimal
          onInput={(lambda) => change({ lambda })}
        />
      )}
      {draft.mode === 'path' && (
        <>
          <TextField
            label="Number of λ"
            help="Warm-started from λmax downwards on glmnet’s grid; ends early where the fit no longer improves."
            value={draft.path}
            error={errors.path}
            decimal
            onInput={(path) => change({ path })}
          />
          <Check
            label="Choose λ by cross-validation"
            help="Fits the path once more for every fold and reports the best λ (min) and the simplest model as good as it within one standard error (1se)."
            checked={draft.cv}
            onChange={(cv) => change({ cv })}
          />
          {draft.cv && (
            <TextField
              label="Folds"
              value={draft.folds}
              error={errors.folds}
              decimal
              onInput={(folds) => change({ folds })}
            />
          )}
        </>
      )}
    </>
  )
}

export function SolverFields({ draft, errors, change }: PartProps) {
  return (
    <div class="stack">
      <TextField
        label="Share of ℓ1 in the penalty"
        help="The penalty is λ(α‖β‖₁ + ½(1 − α)‖β‖²). α = 1 picks few columns; less of it, an elastic net, spreads weight over columns that go together."
        value={draft.l1Ratio}
        error={errors.l1Ratio}
        decimal
        onInput={(l1Ratio) => change({ l1Ratio })}
      />
      <TextField
        label="Tolerance"
        help="The job ends when the duality gap, certified by the server, is at most this share of the loss of the best constant fit."
        value={draft.tol}
        error={errors.tol}
        decimal
        onInput={(tol) => change({ tol })}
      />
      <Check
        label="Standardise the columns"
        help="λ then treats every column alike, whatever its unit. Coefficients are reported in the data’s units either way."
        checked={draft.standardize}
        onChange={(standardize) => change({ standardize })}
      />
      <Check
        label="Fit an intercept"
        help="Not penalised."
        checked={draft.intercept}
        onChange={(intercept) => change({ intercept })}
      />
    </div>
  )
}

export function ClassWeightField({ draft, errors, change }: PartProps) {
  return (
    <TextField
      label="Class weights (optional)"
      help="“balanced” lets both classes count alike however many rows they have; “1,3” gives the weights themselves. Empty: every row counts the same."
      value={draft.classWeight}
      error={errors.classWeight}
      placeholder="1,1"
      onInput={(classWeight) => change({ classWeight })}
    />
  )
}

interface Words {
  name: string
  purpose: string
}

interface WordProps {
  readonly draft: Readonly<Words>
  readonly errors: { readonly [name in keyof Words]?: string | undefined }
  readonly change: (part: Partial<Words>) => void
}

export function WordFields({ draft, errors, change }: WordProps) {
  return (
    <>
      <TextField
        label="Name (optional)"
        help="For you, to find the job again."
        value={draft.name}
        error={errors.name}
        onInput={(name) => change({ name })}
      />
      <TextField
        label="Purpose (optional)"
        help="Volunteers see this: who asks, and why."
        value={draft.purpose}
        error={errors.purpose}
        onInput={(purpose) => change({ purpose })}
      />
    </>
  )
}

interface TextProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly error: string | undefined
  readonly decimal?: boolean
  /** What holds when it is left empty. */
  readonly placeholder?: string
  readonly onInput: (value: string) => void
}

export function TextField(props: TextProps) {
  const { label, help, value, error, decimal, placeholder, onInput } = props
  return (
    <Field label={label} help={help} error={error}>
      {(control) => (
        <input
          {...control}
          class={decimal ? 'short' : ''}
          inputMode={decimal ? 'decimal' : 'text'}
          placeholder={placeholder}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
