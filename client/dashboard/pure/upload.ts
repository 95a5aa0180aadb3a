/** The upload form: where y comes from, what a file name tells, and the query of the request. */

/** Where the target y is. */
export type TargetPlace = 'file' | 'column' | 'second' | 'none'

export interface UploadDraft {
  name: string
  place: TargetPlace
  column: string
  impute: boolean
}

export type UploadErrors = Partial<Record<'file' | 'name' | 'column' | 'second', string>>

interface NamedFile {
  readonly name: string
  readonly size: number
}

const FORMATS = [
  { endings: ['.svm', '.libsvm', '.svmlight'], place: 'file' },
  { endings: ['.csv', '.tsv', '.txt'], place: 'column' },
  { endings: ['.npy', '.mtx', '.mm'], place: 'second' },
] as const

/** What the file picker offers first; the server decides by content and name. */
export const ACCEPT = FORMATS.flatMap(({ endings }) => endings)
  .join(',')
  .concat(',.gz')

/** The usual place of y in a file of this name, or null for a name that tells nothing. */
export function guessPlace(filename: string): TargetPlace | null {
  const plain = filename.toLowerCase().replace(/\.gz$/, '')
  const found = FORMATS.find(({ endings }) => endings.some((ending) => plain.endsWith(ending)))
  return found?.place ?? null
}

/** A dataset name from a file name: no folder, no endings. */
export function guessName(filename: string): string {
  const base = filename.split(/[\\/]/).at(-1) ?? filename
  const plain = base.replace(/\.gz$/i, '').replace(/\.[a-z0-9]{1,8}$/i, '')
  return (plain === '' ? base : plain).slice(0, 100)
}

export function checkUpload(
  draft: UploadDraft,
  file: NamedFile | null,
  second: NamedFile | null,
): UploadErrors {
  const errors: UploadErrors = {}
  if (file === null) errors.file = 'Choose a file, or drop one here.'
  else if (file.size === 0) errors.file = `${file.name} is empty.`
  if (draft.name.trim() === '') errors.name = 'Give the dataset a name.'
  else if (draft.name.trim().length > 100) errors.name = 'At most 100 characters.'
  if (draft.place === 'column' && draft.column.trim() === '') {
    errors.column = 'Name the column that holds y, as it stands in the header.'
  }
  if (draft.place === 'second') {
    if (second === null) errors.second = 'Choose the file that holds y, one value a row.'
    else if (second.size === 0) errors.second = `${second.name} is empty.`
  }
  return errors
}

/** The query of POST /api/datasets. */
export function uploadQuery(
  draft: UploadDraft,
  filename: string,
  targetUpload: string | null,
): URLSearchParams {
  const query = new URLSearchParams({ filename, name: draft.name.trim() })
  if (draft.place === 'column') query.set('target', draft.column.trim())
  if (draft.impute) query.set('impute', 'mean')
  if (targetUpload !== null) query.set('targetUpload', targetUpload)
  return query
}
