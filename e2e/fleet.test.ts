/** Headless tabs come, work, and come back: after a crash, a closed tab, a server that was away. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { type Fleet, openFleet, volunteerUrl } from '../server/headless/fleet.ts'

let fleet: Fleet | null = null
let server: Server | null = null

afterEach(async () => {
  await fleet?.close()
  server?.closeAllConnections()
  server?.close()
  fleet = null
  server = null
})

/** A page that says of itself what the volunteer page says; `visits` are the URLs asked for. */
async function startServer(port = 0): Promise<{ url: string; port: number; visits: string[] }> {
  const visits: string[] = []
  server = createServer((request, response) => {
    if (request.url?.startsWith('/?')) visits.push(request.url)
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><main data-state="working" data-blocks="7"></main>')
  })
  await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, visits }
}

test('the page starts by itself', () => {
  const options = { tabs: 1, duty: 100 }
  expect(volunteerUrl('http://a:1', options)).toBe('http://a:1/?duty=100&pinned=1#start')
  expect(volunteerUrl('http://a:1', { ...options, workers: 2 })).toBe(
    'http://a:1/?duty=100&pinned=1&workers=2#start',
  )
})

test('a tab that crashes or is closed is opened again, and its blocks still count', async () => {
  const { url, visits } = await startServer()
  const notes: string[] = []
  fleet = await openFleet(url, { tabs: 2, duty: 100, note: (line) => notes.push(line) })
  const working = { state: 'working', blocks: 7 }
  await vi.waitFor(async () => expect(await fleet!.states()).toEqual([working, working]), 20_000)

  const [first, second] = fleet.tabs()
  await Promise.all([first!.goto('chrome://crash', 1000).catch(() => {}), second!.close()])
  const again = { state: 'working', blocks: 14 }
  await vi.waitFor(async () => expect(await fleet!.states()).toEqual([again, again]), 20_000)
  expect(notes.sort()).toEqual([
    'Tab 1 crashed; opening it again.',
    'Tab 2 was closed; opening it again.',
  ])
  expect(visits).toHaveLength(4)
})

test('a server that is away is waited for', async () => {
  const { port, url } = await startServer()
  await new Promise((resolve) => server!.close(resolve))
  const notes: string[] = []
  fleet = await openFleet(url, { tabs: 1, duty: 100, note: (line) => notes.push(line) })
  await vi.waitFor(() => expect(notes).toHaveLength(1), 10_000)
  expect(notes[0]).toMatch(/does not answer \(ERR_CONNECTION_REFUSED\); trying again/)
  await startServer(port)
  await vi.waitFor(async () => expect((await fleet!.states())[0]!.state).toBe('working'), 20_000)
})
