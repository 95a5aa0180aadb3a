/** The one upload under way. It belongs to the page, not to the form: it goes on while one looks elsewhere. */
import { signal } from '@preact/signals'
import type { DatasetView } from '../../../shared/protocol.ts'
import { type UploadDraft, uploadQuery } from '../pure/upload.ts'
import { type Upload, upload } from './api.ts'
import { refreshDatasets } from './grid.ts'

export interface Uploading {
  readonly filename: string
  readonly sentBytes: number
  readonly sizeBytes: number
}

export const uploading = signal<Uploading | null>(null)
/** Why the last upload failed, in the server's words, until the next one begins. */
export const uploadRefusal = signal<string | null>(null)
let current: Upload<unknown> | null = null

function send<T>(path: string, file: File): Promise<T> {
  const show = (sentBytes: number): void => {
    uploading.value = { filename: file.name, sentBytes, sizeBytes: file.size }
  }
  show(0)
  const sending = upload<T>(path, file, show)
  current = sending
  return sending.done
}

/**
 * First the second file, where there is one (y, the words); then the first, which names it. Null when it was refused: the
 * sentence is then in `uploadRefusal`, where it waits for whoever comes back to the form.
 */
export async function startUpload(
  draft: UploadDraft,
  file: File,
  second: File | null,
): Promise<DatasetView | null> {
  uploadRefusal.value = null
  try {
    let secondName: string | null = null
    if (second !== null) {
      const query = new URLSearchParams({ filename: second.name })
      const answer = await send<{ upload: string }>(`/datasets/target?${query}`, second)
      secondName = answer.upload
    }
    const query = uploadQuery(draft, file.name, secondName)
    const made = await send<DatasetView>(`/datasets?${query}`, file)
    await refreshDatasets()
    return made
  } catch (problem) {
    uploadRefusal.value = problem instanceof Error ? problem.message : String(problem)
    return null
  } finally {
    uploading.value = null
    current = null
  }
}

export function cancelUpload(): void {
  current?.abort()
}
