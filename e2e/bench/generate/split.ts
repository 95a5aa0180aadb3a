/** A file of lines in two: what is learnt from, and what is held out. */
import { createReadStream, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { seededRandom } from '../../../shared/random.ts'
import { columnFile } from './columnFile.ts'

export interface SplitOptions {
  /** Its first line is a head, which both parts get; the file is removed. */
  path: string
  train: string
  test: string
  /** Of the lines that are held out. */
  share: number
  seed: number
}

export async function splitLines({ path, train, test, share, seed }: SplitOptions): Promise<void> {
  const random = seededRandom(seed)
  const parts = [train, test].map((part) => ({ file: columnFile(part), text: '' }))
  let isHead = true
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const into = isHead ? parts : [parts[Number(random.next() < share)]!]
    isHead = false
    for (const part of into) {
      part.text += `${line}\n`
      if (part.text.length < 1 << 16) continue
      await part.file.write(part.text)
      part.text = ''
    }
  }
  for (const { file, text } of parts) {
    await file.write(text)
    await file.close()
  }
  rmSync(path)
}
