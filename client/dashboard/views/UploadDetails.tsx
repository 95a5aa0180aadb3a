/** What to ask once there is a file: its name, and what its kind needs. */

import { isTable } from '../../../shared/dataset.ts'
import { Check, Choice, Field } from '../parts/Field.tsx'
import { FilePicker } from '../parts/FilePicker.tsx'
import { ACCEPT, type TargetPlace, type UploadDraft, type UploadErrors } from '../pure/upload.ts'

interface Props {
  readonly draft: UploadDraft
  readonly errors: UploadErrors
  readonly change: (part: Partial<UploadDraft>) => void
  readonly second: File | null
  readonly onSecond: (file: File) => void
}

const PLACES: readonly (readonly [TargetPlace, string])[] = [
  ['file', 'First in each line (LIBSVM)'],
  ['column', 'A column'],
  ['second', 'A second file'],
  ['none', 'No target'],
]

/** Of ratings: what is set apart, and what for. */
const SHARES = [
  [
    'holdout',
    'Share of the ratings set apart for the test',
    'Jobs never learn from these; they measure how far predictions are off. Empty: none.',
  ],
  [
    'validation',
    'Share set apart for deciding when to stop',
    'A job may end when its error on these no longer falls. Empty: none.',
  ],
] as const

export function UploadDetails(props: Props) {
  const { draft, errors, change, second, onSecond } = props
  return (
    <>
      <Field label="Name" error={errors.name}>
        {(control) => (
          <input
            {...control}
            value={draft.name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      {isTable(draft.kind) && <TargetFields {...props} />}
      {draft.kind === 'ratings' &&
        SHARES.map(([name, label, help]) => (
          <Field key={name} label={label} help={help} error={errors[name]}>
            {(control) => (
              <input
                {...control}
                class="short"
                inputMode="decimal"
                value={draft[name]}
                onInput={(event) => change({ [name]: event.currentTarget.value })}
              />
            )}
          </Field>
        ))}
      {draft.kind === 'corpus' && (
        <FilePicker
          label="File with the words (optional)"
          help="For formats that number them: one word a line. Plain text has its own."
          accept=".txt,.vocab,.gz"
          file={second}
          onChoose={onSecond}
          error={errors.second}
        />
      )}
    </>
  )
}

/** Where y is, and what to do with holes. */
function TargetFields({ draft, errors, change, second, onSecond }: Props) {
  return (
    <>
      <Choice
        label="Where is the target y?"
        options={PLACES}
        value={draft.place}
        onChange={(place) => change({ place })}
      />
      {draft.place === 'column' && (
        <Field label="Target column" help="As it stands in the header." error={errors.column}>
          {(control) => (
            <input
              {...control}
              value={draft.column}
              spellcheck={false}
              onInput={(event) => change({ column: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      {draft.place === 'second' && (
        <FilePicker
          label="File with y"
          help="One value a row, in the order of the rows of X."
          accept={ACCEPT.matrix}
          file={second}
          onChoose={onSecond}
          error={errors.second}
        />
      )}
      {draft.place === 'none' && (
        <p class="note">Without y there is nothing for a regression to explain.</p>
      )}
      <Check
        label="Fill missing values with the column’s mean"
        help="Otherwise a missing value is refused, with its line and column."
        checked={draft.impute}
        onChange={(impute) => change({ impute })}
      />
    </>
  )
}
