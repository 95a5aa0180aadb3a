/** One of very many: words to search by, and a list of what has them. */
import { Field } from './Field.tsx'

interface Props {
  /** Of the field to search in; null where the list alone is short enough. */
  readonly searchLabel: string | null
  readonly sought: string
  readonly onSearch: (sought: string) => void
  readonly label: string
  readonly options: readonly (readonly [value: string, label: string])[]
  readonly value: string | null
  readonly onChoose: (value: string) => void
}

export function SearchSelect(props: Props) {
  return (
    <div class="pair">
      {props.searchLabel !== null && (
        <Field label={props.searchLabel}>
          {(control) => (
            <input
              {...control}
              type="search"
              value={props.sought}
              spellcheck={false}
              onInput={(event) => props.onSearch(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      <Field label={props.label}>
        {(control) => (
          <select
            {...control}
            value={props.value ?? ''}
            onChange={(event) => props.onChoose(event.currentTarget.value)}
          >
            {props.options.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}
