/** Who computes, how well, and how to invite more. */
import { useState } from 'preact/hooks'
import type { FleetView, VolunteerView } from '../../../shared/protocol.ts'
import { CopyButton } from '../parts/CopyButton.tsx'
import { type Column, DataTable } from '../parts/DataTable.tsx'
import { Field } from '../parts/Field.tsx'
import { Figures } from '../parts/Figures.tsx'
import { Qr } from '../parts/Qr.tsx'
import { VolunteerPill } from '../parts/Status.tsx'
import { formatAgo, formatBytes, formatCount, formatDuration, formatShare } from '../pure/format.ts'
import { describeReason } from '../pure/reasons.ts'
import { preferredUrl, reachesOnlyThisMachine } from '../pure/urls.ts'
import { fleet, type Urls, urls } from '../state/grid.ts'

export function Fleet() {
  const view = fleet.value
  return (
    <div class="stack">
      <h1 tabIndex={-1}>Fleet</h1>
      {urls.value !== null && <Invite urls={urls.value} />}
      {view === null ? (
        <p class="muted">Asking the server…</p>
      ) : (
        <>
          <Totals fleet={view} />
          {view.volunteers.length === 0 ? (
            <p class="card muted">
              Nobody is here yet. Open the address above in another tab, or on another machine, and
              press Start: it will appear here.
            </p>
          ) : (
            <section class="card">
              <DataTable
                caption="Volunteers"
                captionShown
                columns={COLUMNS}
                rows={view.volunteers}
                rowKey={(volunteer) => volunteer.id}
                total={view.total}
              />
            </section>
          )}
        </>
      )}
    </div>
  )
}

const COLUMNS: readonly Column<VolunteerView>[] = [
  {
    name: 'Volunteer',
    cell: ({ id, agent, joinedMs }) => (
      <>
        <code>{id}</code>
        <span class="under">
          {agent} · {formatAgo(joinedMs, Date.now())}
        </span>
      </>
    ),
  },
  {
    name: 'State',
    cell: ({ state, reason }) => (
      <>
        <VolunteerPill state={state} />
        {reason !== null && <span class="under">{describeReason(reason)}</span>}
      </>
    ),
  },
  { name: 'Backend', cell: ({ backend }) => backend },
  {
    name: 'Workers',
    numeric: true,
    hint: 'Web Workers that compute, and the share of time they may',
    cell: ({ workers, duty }) => `${workers} at ${duty} %`,
  },
  {
    name: 'Ping',
    numeric: true,
    hint: 'Round-trip time to the server',
    cell: ({ rttMs }) => formatDuration(rttMs),
  },
  {
    name: 'Leases',
    numeric: true,
    hint: 'Leases it holds now',
    cell: ({ leasesInFlight }) => leasesInFlight,
  },
  {
    name: 'Deltas',
    numeric: true,
    hint: 'Results that were checked and committed',
    cell: ({ deltas }) => formatCount(deltas),
  },
  {
    name: 'Refused',
    numeric: true,
    hint: 'Results that were late or wrong',
    cell: ({ refused, deltas }) => (
      <span class={refused > 0 ? 'warn-text' : ''}>
        {formatCount(refused)}
        {refused > 0 && ` (${formatShare(refused, refused + deltas)})`}
      </span>
    ),
  },
  {
    name: 'Updates',
    numeric: true,
    hint: 'Variables updated by its committed deltas',
    cell: ({ updates }) => formatCount(updates),
  },
  { name: 'Down', numeric: true, cell: ({ bytesDown }) => formatBytes(bytesDown) },
  { name: 'Up', numeric: true, cell: ({ bytesUp }) => formatBytes(bytesUp) },
]

function Totals({ fleet: { volunteers, total, shardBytesServed } }: { fleet: FleetView }) {
  const sum = (pick: (volunteer: VolunteerView) => number): number =>
    volunteers.reduce((all, volunteer) => all + pick(volunteer), 0)
  const working = volunteers.filter(({ state }) => state === 'working').length
  const cut = volunteers.length < total
  return (
    <section class="card" aria-label="Totals">
      <Figures
        figures={[
          {
            name: 'Volunteers',
            value: formatCount(total),
            note: `${formatCount(working)} working`,
          },
          { name: 'Workers', value: formatCount(sum(({ workers }) => workers)) },
          { name: 'Leases in flight', value: formatCount(sum((v) => v.leasesInFlight)) },
          { name: 'Updates', value: formatCount(sum(({ updates }) => updates)) },
          { name: 'Compute time', value: formatDuration(sum(({ computeMs }) => computeMs)) },
          { name: 'Shards served', value: formatBytes(shardBytesServed), note: 'since the start' },
        ]}
      />
      {cut && (
        <p class="small muted">
          Sums are over {formatCount(volunteers.length)} of {formatCount(total)} volunteers.
        </p>
      )}
    </section>
  )
}

function Invite({ urls }: { urls: Urls }) {
  const [chosen, setChosen] = useState<string | null>(null)
  const url = chosen ?? preferredUrl(urls.volunteer, location.hostname)
  if (url === null) return null
  return (
    <section class="card invite" aria-labelledby="invite-title">
      <Qr text={url} />
      <div class="stack">
        <h2 id="invite-title">Invite</h2>
        <p>
          Whoever opens this address and presses Start computes for your jobs. Nothing is installed.
        </p>
        {urls.volunteer.length > 1 && (
          <Field label="Address">
            {(control) => (
              <select
                {...control}
                value={url}
                onChange={(event) => setChosen(event.currentTarget.value)}
              >
                {urls.volunteer.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <div class="row">
          <a class="url" href={url} target="_blank" rel="noreferrer">
            {url}
          </a>
          <CopyButton text={url} label="Copy address" />
        </div>
        {urls.volunteer.every(reachesOnlyThisMachine) ? (
          <p class="small muted">
            Only this machine can open it. For others on your network, start the server with{' '}
            <code>--host 0.0.0.0</code>.
          </p>
        ) : (
          !urls.secure && (
            <p class="small muted">
              Plain HTTP is enough to compute. With <code>--tls-cert</code> and{' '}
              <code>--tls-key</code> browsers may use their GPU as well.
            </p>
          )
        )}
      </div>
    </section>
  )
}
