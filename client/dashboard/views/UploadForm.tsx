/** Bring a file in: choose or drop it, say what it is, watch it go. */
import { useRef, useState } from 'preact/hooks'
import type { DatasetKind } from '../../../shared/dataset.ts'
import { Choice, focusFirstError } from '../parts/Field.tsx'
import { FilePicker } from '../parts/FilePicker.tsx'
import { formatBytes, formatShare } from '../pure/format.ts'
import { describeShape } from '../pure/kinds.ts'
import {
  ACCEPT,
  checkUpload,
  guessKind,
  guessName,
  guessPlace,
  takesSecond,
  type UploadDraft,
  type UploadErrors,
} from '../pure/upload.ts'
import { showToast } from '../state/toasts.ts'
import { cancelUpload, startUpload, uploading, uploadRefusal } from '../state/uploads.ts'
import { UploadDetails } from './UploadDetails.tsx'

const EMPTY: UploadDraft = {
  ...{ kind: 'matrix', name: '', place: 'column', column: '', impute: false, holdout: '0.1' },
  validation: '',
}

const KIND_CHOICES: readonly (readonly [DatasetKind, string])[] = [
  ['matrix', 'A table of numbers'],
  ['examples', 'Labelled examples'],
  ['ratings', 'Ratings'],
  ['corpus', 'Texts'],
]

const FILE_LABELS: Readonly<Record<DatasetKind, string>> = {
  matrix: 'File with X',
  examples: 'File with the examples',
  ratings: 'File with the ratings',
  corpus: 'File with the texts',
}

/** What the file may look like. */
const FILE_HELP: Readonly<Record<DatasetKind, string>> = {
  matrix: 'LIBSVM, CSV or TSV with a header, MatrixMarket, NumPy .npy; each also gzipped.',
  examples:
    'The files of a table: one example a row, its label as the target. For programs that classify (svm).',
  ratings:
    'One rating a line: user, item, rating and perhaps a time, with commas, tabs, spaces or ::; or MatrixMarket; each also gzipped.',
  corpus:
    'Plain text, one document a line; or word counts: UCI bag of words, LDA-C, LIBSVM; each also gzipped.',
}

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
    const kind = draft.kind === 'matrix' ? guessKind(chosen.name) : null
    const place = guessPlace(chosen.name) ?? draft.place
    change({ name: guessName(chosen.name), place, kind: kind ?? draft.kind })
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
    const made = await startUpload(draft, file, takesSecond(draft) ? second : null)
    if (made === null) return
    const { name, kind } = made.manifest
    showToast('good', `${name} is ready: ${describeShape(kind, made.manifest)}.`)
    setFile(null)
    setSecond(null)
    setDraft(EMPTY)
  }

  return (
    <form ref={form} class="card stack" onSubmit={submit} noValidate aria-labelledby="upload-title">
      <h2 id="upload-title">Upload a dataset</h2>
      <Choice
        label="What is in the file?"
        options={KIND_CHOICES}
        value={draft.kind}
        onChange={(kind) => change({ kind })}
      />
      <FilePicker
        label={FILE_LABELS[draft.kind]}
        help={FILE_HELP[draft.kind]}
        accept={ACCEPT[draft.kind]}
        file={file}
        onChoose={choose}
        error={errors.file}
        large
      />
      {file !== null && (
        <UploadDetails
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
