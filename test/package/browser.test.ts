/**
 * The same packed tarball bundled by Vite into a page, in headless Chromium: what it prints is
 * what Node prints, byte for byte.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../scripts/project.mjs';
import { type Consumer, makeConsumer } from './consumer.ts';

const FIXTURES = inProject('test', 'package', 'fixtures');

const CHROMIUM = [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path && existsSync(path));
if (!CHROMIUM) {
  console.log('Skipped: the page in a browser. There is no /usr/bin/chromium, and CHROMIUM names none.');
}

/** Headless, and silent on the network but for the page. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Milliseconds after which a browser that does nothing has failed. */
const PATIENCE = 60_000;

describe('in a page', () => {
  let consumer: Consumer;
  let server: PreviewServer | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    consumer = await makeConsumer();
    await cp(FIXTURES, consumer.folder, { recursive: true });
    await build({ root: consumer.folder, configFile: false, logLevel: 'error' });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await consumer?.remove();
  });

  test('the bundle holds the wasm and nothing that only Node has', () => {
    const assets = join(consumer.folder, 'dist', 'assets');
    const files = readdirSync(assets);
    expect(files.filter((name) => name.endsWith('.wasm'))).toHaveLength(4);
    for (const name of files.filter((file) => file.endsWith('.js'))) {
      const code = readFileSync(join(assets, name), 'utf8');
      expect(code).not.toMatch(/["']node:|find-node/);
      // Emscripten's glue in web-tree-sitter has a branch for Node, which it takes only there.
      if (!code.includes('ENVIRONMENT_IS_NODE')) expect(code).not.toContain('__vite-browser-external');
    }
  });

  test.skipIf(!CHROMIUM)('Chromium prints what Node prints', async () => {
    server = await preview({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      preview: { host: '127.0.0.1', open: false },
    });
    const url = server.resolvedUrls?.local[0];
    if (!url) throw new Error('Vite serves the page nowhere');

    browser = await chromium.launch({
      executablePath: String(CHROMIUM),
      args: ARGUMENTS,
      timeout: PATIENCE,
    });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(url, { timeout: PATIENCE });
    await page.waitForFunction('document.title !== "running"', undefined, { timeout: PATIENCE });

    const printed = await page.textContent('body');
    const { stdout } = await consumer.node('node.js');
    expect(complaints).toEqual([]);
    expect(await page.title(), printed ?? '').toBe('done');
    expect(printed?.trim()).toBe(stdout.trim());
  });
});
