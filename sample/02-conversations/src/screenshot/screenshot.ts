/** Draws docs/images/conversations.png: the page after some minutes' worth of a talk, in a headless Chromium. */
import 'reflect-metadata';
import { join } from 'node:path';
import { type Page, chromium } from 'playwright-core';
import { createApp } from '../create-app';
import { ConversationsTable } from '../database/conversations-table';
import { startDatabase } from '../database/embedded-database';
import { Play } from '../play/play';
import { findChromium } from './find-chromium';

const FILE = join(__dirname, '..', '..', '..', '..', 'docs', 'images', 'conversations.png');
const LINES: readonly (readonly [from: string, text: string])[] = [
  ['jack', 'What shall we do after dinner? Go to a theatre?'],
  ['algernon', 'Oh no! I loathe listening.'],
  ['jack', 'Well, let us go to the Club?'],
  ['algernon', 'Oh, no! I hate talking.'],
  ['jack', 'Well, we might trot round to the Empire at ten?'],
  ['algernon', 'Oh, no! I can’t bear looking at things. It is so silly.'],
  ['jack', 'Well, what shall we do?'],
  ['algernon', 'Nothing!'],
];
const BETWEEN_LINES_MS = 2_000;
// Longer than a list is fresh, so that the picture has a stale one, too.
const SILENCE_MS = 14_000;

async function takeScreenshot(): Promise<void> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('There is no Chromium here: install one, or set CHROMIUM_PATH.');
  const browser = await chromium.launch({ executablePath });
  const dynamodb = await startDatabase();
  const app = await createApp();
  try {
    await app.get(ConversationsTable, { strict: false }).create();
    await app.get(Play, { strict: false }).stage();
    await app.listen(0, '127.0.0.1');
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, deviceScaleFactor: 1.5 });
    await page.goto(await app.getUrl());
    for (const [from, text] of LINES) await write(page, from, text);
    await page.waitForTimeout(SILENCE_MS);
    await page.screenshot({ path: FILE });
    console.log('Written to docs/images/conversations.png');
  } finally {
    await browser.close();
    await app.close();
    await dynamodb.stop();
  }
}

async function write(page: Page, from: string, text: string): Promise<void> {
  const person = page.locator(`[data-person=${from}]`);
  await person.locator('.message').first().waitFor();
  await person.locator('.write input').fill(text);
  await person.locator('.write button').click();
  await page.waitForTimeout(BETWEEN_LINES_MS);
}

takeScreenshot().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
