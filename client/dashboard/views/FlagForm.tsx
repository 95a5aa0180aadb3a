/** The launch form of any app, made from its flags. */
import { useMemo, useState } from 'preact/hooks'
import type { Submit } from '../../../shared/protocol.ts'
import { Check, Field } from '../parts/Field.tsx'
import {
  checkFlags,
  type FlagDraft,
  type FlagErrors,
  type FlagField,
  fieldsOf,
  valuesOf,
} from '../pure/flags.ts'
import { type FormProps, LaunchFrame } from './LaunchFrame.tsx'
import { DatasetField, TextField, WordFields } from './launchFields.tsx'

export function FlagForm({ app, manifests, dataset, like }: FormProps) {
  const fields = useMemo(() => fieldsOf(app), [app])
  const [draft, setDraft] = useState<FlagDraft>(() => ({
    dataset: dataset || (manifests.length === 1 ? manifests[0]!.id : ''),
    name: like?.name.slice(0, 100) ?? '',
    purpose: '',
    seed: '',
    values: valuesOf(fields, like?.spec ?? app.defaults),
  }))
  const [errors, setErrors] = useState<FlagErrors>({})
  const change = (part: Partial<FlagDraft>): void => {
    const next = { ...draft, ...part }
    setDraft(next)
    if (Object.keys(errors).length > 0) setErrors(checkFlags(app, fields, next).errors ?? {})
  }
  const check = (): Submit | null => {
    const checked = checkFlags(app, fields, draft)
    setErrors(checked.errors ?? {})
    return checked.submit
  }
  const control = (field: FlagField) => (
    <FlagControl
      key={field.key}
      field={field}
      value={draft.values[field.key]}
      error={errors[field.key]}
      onChange={(value) => change({ values: { ...draft.values, [field.key]: value } })}
    />
  )
  const main = fields.filter(({ isTuning }) => !isTuning)
  const tuning = fields.filter(({ isTuning }) => isTuning)
  return (
    <LaunchFrame check={check}>
      <DatasetField
        kind={app.dataset}
        manifests={manifests}
        dataset={draft.dataset}
        error={errors.dataset}
        onChange={(chosen) => change({ dataset: chosen })}
      />
      <div class="field-grid">{main.filter(isTyped).map(control)}</div>
      {main.filter((field) => !isTyped(field)).map(control)}
      <details
        open={tuning.some(({ key }) => errors[key] !== undefined) || errors.seed !== undefined}
      >
        <summary>Seed and scheduling</summary>
        <div class="stack">
          <div class="field-grid">
            <TextField
              label="Seed"
              help="The same seed draws the same numbers. Empty: the server draws one."
              value={draft.seed}
              error={errors.seed}
              decimal
              onInput={(seed) => change({ seed })}
            />
            {tuning.filter(isTyped).map(control)}
          </div>
          {tuning.filter((field) => !isTyped(field)).map(control)}
        </div>
      </details>
      <WordFields draft={draft} errors={errors} change={change} />
    </LaunchFrame>
  )
}

const isTyped = ({ control }: FlagField): boolean => control !== 'check'

interface ControlProps {
  readonly field: FlagField
  readonly value: string | boolean | undefined
  readonly error: string | undefined
  readonly onChange: (value: string | boolean) => void
}

function FlagControl({ field, value, error, onChange }: ControlProps) {
  const { label, help, control, choices, fallback } = field
  switch (control) {
    case 'check':
      return <Check {...{ label, help, onChange }} checked={value === true} />
    case 'choice':
      return (
        <Field {...{ label, help, error }}>
          {(attributes) => (
            <select
              {...attributes}
              value={String(value ?? '')}
              onChange={(event) => onChange(event.currentTarget.value)}
            >
              <option value="">{fallback === '' ? 'Default' : `${fallback} (default)`}</option>
              {choices
                .filter((choice) => choice !== fallback)
                .map((choice) => (
                  <option key={choice} value={choice}>
                    {choice}
                  </option>
                ))}
            </select>
          )}
        </Field>
      )
    default:
      return (
        <TextField
          {...{ label, help, error, onInput: onChange }}
          value={String(value ?? '')}
          placeholder={fallback}
          decimal={control === 'number'}
        />
      )
  }
}
