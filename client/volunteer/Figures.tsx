/** What this tab has done so far, in numbers. */
import type { Snapshot } from './messages.ts'
import { snapshot } from './tab.ts'
import { formatBytes, formatCount, formatPercent } from './view.ts'

const nothing: Pick<
  Snapshot,
  'blocks' | 'updates' | 'pending' | 'bytesDown' | 'bytesUp' | 'cpuShare'
> = { blocks: 0, updates: 0, pending: 0, bytesDown: 0, bytesUp: 0, cpuShare: 0 }

export function Figures() {
  const { blocks, updates, pending, bytesDown, bytesUp, cpuShare } = snapshot.value ?? nothing
  return (
    <section class="card" aria-labelledby="figures-heading">
      <h2 id="figures-heading">What this tab has done</h2>
      <dl class="tiles figures">
        <Tile name="Blocks done" value={formatCount(blocks)} />
        <Tile name="Verified updates" value={formatCount(updates)} />
        <Tile name="Being verified" value={formatCount(pending)} />
        <Tile name="Downloaded" value={formatBytes(bytesDown)} />
        <Tile name="Uploaded" value={formatBytes(bytesUp)} />
        <Tile name="Processor in use" value={formatPercent(cpuShare)} />
      </dl>
      <Details />
    </section>
  )
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

const BACKENDS = {
  wasm: 'WebAssembly',
  reference: 'JavaScript',
  webgpu: 'WebGPU',
} as const

function Details() {
  const shown = snapshot.value
  if (!shown) return null
  const { backend, name, cacheBytes, cachePersistent, refused, lastRefusal, problem } = shown
  const lines: [string, string][] = []
  if (name) lines.push(['Known as', name])
  if (backend) lines.push(['Computes with', `${BACKENDS[backend.name]}: ${backend.reason}`])
  if (!cachePersistent) {
    lines.push(['Kept on this device', 'nothing: this window does not allow it'])
  } else if (cacheBytes > 0) {
    const text = `${formatBytes(cacheBytes)} of data; a reload does not download it again`
    lines.push(['Kept on this device', text])
  }
  if (lastRefusal)
    lines.push([
      'Not accepted',
      `${formatCount(refused)}, the latest because: ${lastRefusal.detail || lastRefusal.reason}`,
    ])
  if (problem) lines.push(['Trouble', problem])
  if (lines.length === 0) return null
  return (
    <dl class="lines small">
      {lines.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
