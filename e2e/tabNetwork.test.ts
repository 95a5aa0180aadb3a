/** Where a tab comes from: a classroom's plain http, which is no secure context, and HTTPS. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { ingestSet, startServer } from './kit/server.ts'
import { type Complaints, listenForComplaints, openBrowser, openTab, tabUntil } from './kit/tabs.ts'
import { figure, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'
import { lastJson, shoal } from './shoal.ts'

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

async function page(
  browser: Browser,
  url: string,
): Promise<{ tab: Page; complaints: Complaints; sees: Awaited<ReturnType<typeof senses>> }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const complaints = listenForComplaints(context)
  const tab = await openTab(context, url)
  return { tab, complaints, sees: await senses(tab) }
}

const senses = (tab: Page) =>
  tab.evaluate(() => ({
    secure: isSecureContext,
    isolated: crossOriginIsolated,
    subtle: crypto.subtle !== undefined,
    gpu: 'gpu' in navigator,
  }))

/** A certificate for 127.0.0.1 that nobody has signed; null where there is no openssl. */
function selfSigned(): { cert: string; key: string } | null {
  const dir = world.folder()
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const subject = ['-subj', '/CN=shoal', '-addext', 'subjectAltName=IP:127.0.0.1']
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  try {
    execFileSync('openssl', [...args, '-nodes', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    return { cert, key }
  } catch {
    return null
  }
}

test('a classroom: plain http from another address', async () => {
  const dataDir = world.folder()
  await ingestSet(leukemia, dataDir)
  const server = await startServer(world, { dataDir })
  const { id } = await server.submit('leukemia', { lambdaRatio: 0.1 })
  const rules = '--host-resolver-rules=MAP lan.test 127.0.0.1'
  const browser = await openBrowser(world, [rules])
  const { tab, complaints, sees } = await page(browser, `http://lan.test:${server.port}`)
  expect(sees).toEqual({ secure: false, isolated: false, subtle: false, gpu: false })
  const { summary } = await server.finished(id, 60_000)
  expect(summary!.gap).toBeLessThanOrEqual(1e-6)
  await tabUntil(tab, 'done', ({ blocks, backend }) => blocks > 0 && backend === 'wasm')
  await expect(tab.getByText('No HTTPS here').isVisible()).resolves.toBe(true)
  expect(complaints.list).toEqual([])
})

test('HTTPS with a certificate of one’s own', async ({ skip }) => {
  const pem = selfSigned()
  if (!pem) return skip('there is no openssl to make a certificate with')
  const dataDir = world.folder()
  await ingestSet(leukemia, dataDir)
  const flags = ['--tls-cert', pem.cert, '--tls-key', pem.key]
  const server = await startServer(world, { dataDir, flags })
  expect(server.url).toMatch(/^https:/)
  const browser = await openBrowser(world)
  const { tab, complaints, sees } = await page(browser, server.url)
  expect(sees).toMatchObject({ secure: true, isolated: true, subtle: true })
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: pem.cert }
  const at = ['--data-dir', dataDir, '--json']
  const submit = ['submit', 'lasso', '--dataset', 'leukemia', '--lambda-ratio', '0.1']
  const { id } = lastJson(await shoal([...submit, ...at], { env }))
  const watched = await shoal(['status', String(id), '--watch', ...at], { env })
  expect(lastJson(watched)).toMatchObject({ status: 'finished' })
  const { blocks } = await tabUntil(tab, 'done', (seen) => seen.blocks > 0)
  figure(`${blocks} blocks over HTTPS`)
  await expect(tab.getByText('No HTTPS here').count()).resolves.toBe(0)
  expect(complaints.list).toEqual([])
})
