/** A file by picker or by drag and drop. The input is the real control; dropping is a short cut. */
import { useId, useState } from 'preact/hooks'
import { formatBytes } from '../pure/format.ts'

interface Props {
  readonly label: string
  readonly help: string
  readonly accept: string
  readonly file: File | null
  readonly onChoose: (file: File) => void
  readonly error?: string | undefined
  readonly large?: boolean
}

export function FilePicker({ label, help, accept, file, onChoose, error, large }: Props) {
  const id = useId()
  const [over, setOver] = useState(false)
  const take = (files: FileList | null | undefined): void => {
    const chosen = files?.[0]
    if (chosen !== undefined) onChoose(chosen)
  }
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer?.files)
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a drop target; the input inside does the same for everyone */}
      <div
        class={`drop ${large ? 'large' : ''} ${over ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <input
          id={id}
          type="file"
          accept={accept}
          aria-describedby={`${id}-help${error ? ` ${id}-error` : ''}`}
          aria-invalid={error !== undefined}
          onChange={(event) => {
            take(event.currentTarget.files)
            // So that choosing the same file again, corrected, is a change too.
            event.currentTarget.value = ''
          }}
        />
        <span class="drop-face">
          {file === null ? (
            <>
              <strong>Choose a file</strong> or drop it here
            </>
          ) : (
            <>
              <strong>{file.name}</strong> {formatBytes(file.size)} · choose another
            </>
          )}
        </span>
      </div>
      <p id={`${id}-help`} class="small muted">
        {help}
      </p>
      {error && (
        <p id={`${id}-error`} class="small error">
          {error}
        </p>
      )}
    </div>
  )
}
