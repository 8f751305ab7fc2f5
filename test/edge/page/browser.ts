import { accessSync, constants } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why no browser can be used here, or undefined when one can. */
export function browserMissing(): string | undefined {
  try {
    accessSync(executablePath, constants.X_OK)
    return undefined
  } catch {
    return `there is no ${executablePath} (Debian: apt-get install chromium)`
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}

export interface WatchedPage {
  readonly page: Page
  /** Everything the console called an error, and every exception nobody caught. */
  readonly faults: readonly string[]
}

/** A page in a context of its own, whose faults are collected. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  return { page, faults }
}
