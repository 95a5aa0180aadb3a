/** Numbers as people read them. Everything here is pure; a missing number is an en dash. */

export const MISSING = '–'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Decimal units, as disks and networks use: 1 234 567 → "1.23 MB". */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null || !Number.isFinite(bytes)) return MISSING
  let value = Math.max(0, bytes)
  let unit = 0
  // 999.5 would print as "1000": step up where the rounded number has four digits.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${UNITS[unit]}`
}

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

/** "840 ms", "12.3 s", "4 min 05 s", "3 h 07 min", "2 d 4 h". */
export function formatDuration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return MISSING
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

function pad(n: number): string {
  return String(n).padStart(2, '0')
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** Whole numbers with thousands apart: "1,814". */
export function formatCount(n: number | null | undefined): string {
  return n == null || !Number.isFinite(n) ? MISSING : grouped.format(n)
}

/**
 * A measured number with `digits` significant digits, in a form that can be pasted back:
 * "0.346859", "12.5", "4.1e-7".
 */
export function formatNumber(x: number | null | undefined, digits = 6): string {
  if (x == null || !Number.isFinite(x)) return MISSING
  if (x === 0) return '0'
  const size = Math.abs(x)
  if (size < 1e-3 || size >= 10 ** Math.max(digits, 6)) return shortExponential(x, digits)
  return String(Number(x.toPrecision(digits)))
}

/** A gap, or whatever stands on a logarithmic axis: its size matters, not its digits. */
export const formatSize = (x: number | null | undefined): string => formatNumber(x, 2)

function shortExponential(x: number, digits: number): string {
  const [mantissa = '', exponent = ''] = x.toExponential(digits - 1).split('e')
  return `${Number(mantissa)}e${exponent.replace('+', '')}`
}

const LONG_NUMBER = /^-?\d*\.\d{7,}(e[-+]?\d+)?$/i

/** A cell of a file at a glance: of its fractions six digits, anything else as it stands. */
export function formatCell(cell: string | undefined): string {
  return cell !== undefined && LONG_NUMBER.test(cell) ? formatNumber(Number(cell)) : (cell ?? '')
}

/** Events per second: "1.2 k/s", "37/s", "0.25/s". */
export function formatRate(perSecond: number | null | undefined): string {
  if (perSecond == null || !Number.isFinite(perSecond)) return MISSING
  if (perSecond >= 999_500) return `${threeDigits(perSecond / 1e6)} M/s`
  if (perSecond >= 9_995) return `${threeDigits(perSecond / 1000)} k/s`
  if (perSecond >= 9.95 || perSecond === 0) return `${formatCount(Math.round(perSecond))}/s`
  return `${Number(perSecond.toPrecision(2))}/s`
}

/** A part of a whole: "3.1 %"; nothing of nothing is a dash. */
export function formatShare(part: number, whole: number): string {
  if (!(whole > 0)) return MISSING
  const percent = (100 * part) / whole
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  return `${percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`
}

/** "1 lease", "2 leases". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** Labels of a logarithmic axis: powers of ten as 10⁻⁴, everything else empty. */
export function formatPowerOfTen(x: number): string {
  const exponent = Math.log10(x)
  const rounded = Math.round(exponent)
  if (!(x > 0) || Math.abs(exponent - rounded) > 1e-9) return ''
  if (rounded === 0) return '1'
  if (rounded === 1) return '10'
  const digits = [...String(Math.abs(rounded))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')
  return `10${rounded < 0 ? '⁻' : ''}${digits}`
}

/** How long ago, coarsely: "just now", "3 min ago", "2 d ago". */
export function formatAgo(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - thenMs) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 45 * 60) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 22 * 3600) return `${Math.max(1, Math.round(seconds / 3600))} h ago`
  return `${Math.max(1, Math.round(seconds / 86_400))} d ago`
}

/** Labels of a time axis, short: "0.5 s", "30 s", "2:30", "1 h", "1:15 h". */
export function formatAxisTime(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${pad(Math.round(seconds) % 60)}`
  const minutes = Math.round(seconds / 60)
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${pad(rest)}`} h`
}
