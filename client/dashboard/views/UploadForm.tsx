/** Bring a file in: choose or drop it, say where y is, watch it go. */
import { useRef, useState } from 'preact/hooks'
import { Check, Choice, Field, focusFirstError } from '../parts/Field.tsx'
import { FilePicker } from '../parts/FilePicker.tsx'
import { formatBytes, formatCount, formatShare } from '../pure/format.ts'
import {
  ACCEPT,
  checkUpload,
  guessName,
  guessPlace,
  type TargetPlace,
  type UploadDraft,
  type UploadErrors,
} from '../pure/upload.ts'
import { showToast } from '../state/toasts.ts'
import { cancelUpload, startUpload, uploading, uploadRefusal } from '../state/uploads.ts'

const PLACES: readonly (readonly [TargetPlace, string])[] = [
  ['file', 'First in each line (LIBSVM)'],
  ['column', 'A column'],
  ['second', 'A second file'],
  ['none', 'No target'],
]

const EMPTY: UploadDraft = { name: '', place: 'column', column: '', impute: false }

export function UploadForm() {
  const [draft, setDraft] = useState(EMPTY)
  const [file, setFile] = useState<File | null>(null)
  const [second, setSecond] = useState<File | null>(null)
  const [errors, setErrors] = useState<UploadErrors>({})
  const form = useRef<HTMLFormElement>(null)
  const change = (part: Partial<UploadDraft>): void => setDraft((old) => ({ ...old, ...part }))

  const choose = (chosen: File): void => {
    setFile(chosen)
    setErrors({})
    uploadRefusal.value = null
    change({ name: guessName(chosen.name), place: guessPlace(chosen.name) ?? draft.place })
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (uploading.value !== null) return
    const found = checkUpload(draft, file, second)
    setErrors(found)
    if (file === null || Object.keys(found).length > 0) {
      focusFirstError(form.current!)
      return
    }
    const made = await startUpload(draft, file, draft.place === 'second' ? second : null)
    if (made === null) return
    const { name, rows, columns } = made.manifest
    showToast('good', `${name} is ready: ${formatCount(rows)} × ${formatCount(columns)}.`)
    setFile(null)
    setSecond(null)
    setDraft(EMPTY)
  }

  return (
    <form ref={form} class="card stack" onSubmit={submit} noValidate aria-labelledby="upload-title">
      <h2 id="upload-title">Upload a dataset</h2>
      <FilePicker
        label="File with X"
        help="LIBSVM, CSV or TSV with a header, MatrixMarket, NumPy .npy; each also gzipped."
        accept={ACCEPT}
        file={file}
        onChoose={choose}
        error={errors.file}
        large
      />
      {file !== null && (
        <Details
          draft={draft}
          errors={errors}
          change={change}
          second={second}
          onSecond={setSecond}
        />
      )}
      <div role="alert">
        {uploadRefusal.value !== null && <p class="note bad">{uploadRefusal.value}</p>}
      </div>
      {uploading.value === null ? (
        <div class="row">
          <button type="submit" class="primary">
            Upload
          </button>
        </div>
      ) : (
        <UploadProgress />
      )}
    </form>
  )
}

interface DetailsProps {
  readonly draft: UploadDraft
  readonly errors: UploadErrors
  readonly change: (part: Partial<UploadDraft>) => void
  readonly second: File | null
  readonly onSecond: (file: File) => void
}

/** What to ask once there is a file: its name, where y is, what to do with holes. */
function Details({ draft, errors, change, second, onSecond }: DetailsProps) {
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
          accept={ACCEPT}
          file={second}
          onChoose={onSecond}
          error={errors.second}
        />
      )}
      {draft.place === 'none' && (
        <p class="note">Without y there is nothing for the Lasso to explain.</p>
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

function UploadProgress() {
  const state = uploading.value
  if (state === null) return null
  const { filename, sentBytes, sizeBytes } = state
  const sent = sentBytes >= sizeBytes
  return (
    <div class="stack upload-progress">
      <div class="progress">
        <progress
          aria-label={`Upload of ${filename}`}
          {...(sent ? {} : { value: sentBytes, max: sizeBytes })}
        />
        <span class="small muted figures">
          {sent
            ? `${filename} has arrived; the server reads it and cuts it into shards…`
            : `${filename}: ${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}, ${formatShare(sentBytes, sizeBytes)}`}
        </span>
      </div>
      <div class="row">
        <button type="button" onClick={cancelUpload}>
          Cancel upload
        </button>
      </div>
    </div>
  )
}
