/** Numbers and tables as people read them in a terminal. Pure. */

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** Significant digits, without a tail of zeros: 0.1212649527, 4.1e-7, 36. */
export function formatNumber(value: number | null | undefined, digits = 6): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  return String(Number(value.toPrecision(digits)))
}

/** "1 tab", "2 tabs". */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Columns padded to their widest cell; numbers belong to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, k) => Math.max(...all.map((row) => (row[k] ?? '').length)))
  const numeric = head.map((_, k) => rows.every((row) => /^[\d–<.]/.test(row[k] ?? '')))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, k) => (numeric[k] ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!)))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}
