/** One labelled control with its help and its error, tied together for screen readers. */
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

interface Props {
  readonly label: string
  readonly help?: ComponentChildren
  readonly error?: string | undefined
  readonly children: (control: ControlProps) => ComponentChildren
}

export function Field({ label, help, error, children }: Props) {
  const id = useId()
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': described || undefined,
        'aria-invalid': error !== undefined,
      })}
      {help && (
        <p id={`${id}-help`} class="small muted">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="small error">
          {error}
        </p>
      )}
    </div>
  )
}

interface CheckProps {
  readonly label: string
  readonly help?: ComponentChildren
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

export function Check({ label, help, checked, onChange }: CheckProps) {
  const id = useId()
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {help && (
          <p id={`${id}-help`} class="small muted">
            {help}
          </p>
        )}
      </div>
    </div>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly options: readonly (readonly [value: Value, label: string])[]
  readonly value: Value
  readonly onChange: (value: Value) => void
  /** The label is for screen readers alone: the alternatives say enough. */
  readonly quiet?: boolean
}

/** A few alternatives side by side: radio buttons that look like one control. */
export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend class={props.quiet ? 'quiet' : ''}>{props.label}</legend>
      <div class="segments">
        {props.options.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={props.value === value}
              onChange={() => props.onChange(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** After a failed check: to the first field that is wrong. */
export function focusFirstError(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
