/** A file as a stream of unpacked bytes: gzip is recognised by its magic bytes, not by the name. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UserError } from '../../../shared/errors.ts'
import { contentBytesMax, count } from './limits.ts'

/** Large enough that a chunk's parse outweighs its hop between threads, small enough to yield often. */
const CHUNK_BYTES = 256 << 10
/** What the format is recognised from. */
const HEAD_BYTES = 64 << 10
/** One field, number or comment; longer ones mean that the file is not what it seems. */
const TOKEN_BYTES_MAX = 1 << 20

/** Files that people try and that hold no matrix as they are: magic bytes, name, remedy. */
const FOREIGN: [magic: number[], is: string, remedy: string][] = [
  [[0x50, 0x4b, 3, 4], 'a zip archive (.zip, .npz or .xlsx)', 'extract it and pass one file'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2', 'unpack it or compress it with gzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz', 'unpack it or compress it with gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd', 'unpack it or compress it with gzip'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file', 'export it as CSV'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file', 'save its matrix with numpy.save'],
  [[0xff, 0xfe], 'text in UTF-16', 'save it as UTF-8'],
  [[0xfe, 0xff], 'text in UTF-16', 'save it as UTF-8'],
]

export interface Source {
  /** How messages call the file. */
  label: string
  isGzip: boolean
  /** Of the file as it lies on disk. */
  sizeBytes: number
  /** The most that it can hold once unpacked. */
  contentBytesMax: number
  /** The first 64 KB, unpacked. */
  head: Buffer
  /** The unpacked bytes from the start. `onRead` hears the fraction of the file that was read. */
  chunks(onRead: (fraction: number) => void): AsyncGenerator<Buffer, void, void>
}

const startsWith = (bytes: Uint8Array, magic: number[]): boolean =>
  magic.every((byte, k) => bytes[k] === byte)

export async function openSource(path: string, label: string): Promise<Source> {
  const sizeBytes = await sizeOf(path, label)
  if (sizeBytes === 0) throw new UserError(`${label} is empty; expected a matrix.`)
  const file = await open(path)
  const magic = new Uint8Array(2)
  try {
    await file.read(magic, 0, 2, 0)
  } finally {
    await file.close()
  }
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b
  const chunks = (onRead: (fraction: number) => void) =>
    readChunks(path, label, isGzip, (bytes) => onRead(Math.min(1, bytes / sizeBytes)))
  const head = await readHead(chunks(() => {}))
  if (head.length === 0) throw new UserError(`${label} unpacks to nothing; expected a matrix.`)
  for (const [magic, is, remedy] of FOREIGN)
    if (startsWith(head, magic)) throw new UserError(`${label} is ${is}; ${remedy}.`)
  if (isGzip && startsWith(head, [0x1f, 0x8b]))
    throw new UserError(`${label} was compressed twice; unpack it once.`)
  return {
    label,
    isGzip,
    sizeBytes,
    contentBytesMax: contentBytesMax(sizeBytes, isGzip),
    head,
    chunks,
  }
}

async function sizeOf(path: string, label: string): Promise<number> {
  let found: Awaited<ReturnType<typeof stat>>
  try {
    found = await stat(path)
    const file = await open(path)
    await file.close()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new UserError(`There is no file ${path}; check the path.`)
    throw new UserError(`${label} cannot be opened (${code}); check its permissions.`)
  }
  if (!found.isFile())
    throw new UserError(`${label} is not a regular file; pass the path of one matrix file.`)
  return found.size
}

async function* readChunks(
  path: string,
  label: string,
  isGzip: boolean,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer, void, void> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  let stream: Readable = file
  if (isGzip) {
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
    file.on('error', (error) => gunzip.destroy(error))
    stream = file.pipe(gunzip)
  }
  try {
    for await (const chunk of stream) {
      onBytes(file.bytesRead)
      yield chunk as Buffer
    }
  } catch (error) {
    throw packingError(error as NodeJS.ErrnoException, label) ?? error
  } finally {
    file.destroy()
    stream.destroy()
  }
}

function packingError({ code }: NodeJS.ErrnoException, label: string): UserError | null {
  if (code === 'Z_BUF_ERROR')
    return new UserError(`${label} is a truncated gzip file; download or compress it again.`)
  if (code === 'Z_DATA_ERROR' || code === 'Z_STREAM_ERROR')
    return new UserError(`${label} is a damaged gzip file; download or compress it again.`)
  return null
}

async function readHead(chunks: AsyncGenerator<Buffer, void, void>): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.length
    if (length >= HEAD_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES)
}

/** A parser of text in pieces. */
export interface TextParser {
  /** Parse whole tokens from the start; returns how many bytes were used. All of them if last. */
  consume(bytes: Buffer, isLast: boolean): number
  /** The line that the parser is on, for messages. */
  readonly line: number
}

/**
 * Drive a parser over a file; the unfinished token at the end of a chunk goes before the next. All
 * chunks pass through one buffer: a fresh one each would be garbage as large as the file.
 */
export async function parseText(
  source: Source,
  parser: TextParser,
  onRead: (fraction: number) => void,
): Promise<void> {
  let buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES)
  /** Bytes at its beginning that the parser has not used. */
  let kept = 0
  let isFirst = true
  for await (const chunk of source.chunks(onRead)) {
    const isMarked = isFirst && startsWith(chunk, [0xef, 0xbb, 0xbf])
    const fresh = isMarked ? chunk.subarray(3) : chunk
    isFirst = false
    const length = kept + fresh.length
    if (length > buffer.length)
      buffer = Buffer.concat([buffer.subarray(0, kept)], Math.max(length, 2 * buffer.length))
    buffer.set(fresh, kept)
    const used = parser.consume(buffer.subarray(0, length), false)
    buffer.copyWithin(0, used, length)
    kept = length - used
    if (kept > TOKEN_BYTES_MAX)
      throw new UserError(
        `${source.label}, line ${count(parser.line)}: a field is longer than a megabyte; check the quotes and that this is a text matrix.`,
      )
  }
  parser.consume(buffer.subarray(0, kept), true)
}
