import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startControlServer } from '../../../src/cli/demo/control-server.ts'
import { startDemoLink } from '../../../src/cli/demo/demo-link.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { type ScriptStep, scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { browserMissing, launchBrowser, openPage } from './browser.ts'
import { key, type PageEdgeOptions, startPageEdge } from './page-edge.ts'

const missing = browserMissing()
if (missing !== undefined) console.log(`The page is not tested: ${missing}.`)

/** Pieces of an answer, each a token of that probability. */
function drafted(probability: number, pieces: readonly string[]): ScriptStep[] {
  const logprob = Math.log(probability)
  const deltas = pieces.map((text) => {
    return { type: 'text-delta', text, logprobs: [{ token: text, logprob, bytes: [], top: [] }] } as const
  })
  const usage = { promptTokens: 20, completionTokens: pieces.length }
  return [...deltas, { type: 'finish', reason: 'stop', usage }]
}

const sure = drafted(0.93, ['{"intent":', '"PlayMusic"}'])
const unsure = drafted(0.45, ['Asthma ', 'is ', 'a ', 'dog'])
const never = new Promise(() => {})

describe.skipIf(missing !== undefined)('the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  async function open(options: Partial<PageEdgeOptions>, fragment = `#key=${key}`) {
    const edge = await startPageEdge({ local: [sure], cloud: [scriptedAnswer(['From the cloud.'])], ...options })
    const { page, faults } = await openPage(browser)
    await page.goto(`${edge.url}/${fragment}`)
    return {
      edge,
      page,
      faults,
      async [Symbol.asyncDispose]() {
        await page.context().close()
        await edge[Symbol.asyncDispose]()
      },
    }
  }

  async function ask(page: Page, prompt: string): Promise<string> {
    await page.getByLabel('Your message').fill(prompt)
    await page.keyboard.press('Enter')
    const answer = page.locator('.answer').last()
    await answer.locator('details').waitFor()
    return answer.innerText()
  }

  it('says what runs where, takes the key out of the address and has nothing to complain about', async () => {
    await using opened = await open({})
    const { page, faults } = opened
    await page.getByText('edge-model').waitFor()
    await page.getByText('cloud-model').waitFor()
    await page.getByText('up · 1.4 ms').waitFor()
    expect(page.url()).not.toContain(key)
    expect(await page.getByText('Nothing has been asked yet.').isVisible()).toBe(true)
    expect(await page.locator('#link-switch').isVisible()).toBe(false)
    expect(await page.getByLabel('prefer edge').isChecked()).toBe(true)
    await page.reload()
    await page.getByText('cloud-model').waitFor()
    expect(await page.getByText('API key').isVisible()).toBe(false)
    expect(faults).toEqual([])
  })

  it('shows an answer of the edge with how sure it was', async () => {
    await using opened = await open({})
    const { page, faults } = opened
    const text = await ask(page, 'Slots: play something')
    expect(text).toContain('{"intent":"PlayMusic"}')
    expect(text).toContain('Answered at the edge by edge-model')
    expect(text).toContain('(93 %; 80 % is asked)')
    expect(text).toMatch(/first token after .* ms · tokens: 20 in, 2 out · .* in all · nothing left the edge/)
    expect(await page.getByRole('img', { name: 'Confidence of the edge model 93 %, threshold 80 %' }).isVisible()).toBe(
      true,
    )
    expect(await page.getByLabel('Your message').inputValue()).toBe('')
    expect(faults).toEqual([])
  })

  it('shows an answer that was passed on to the cloud', async () => {
    await using opened = await open({ local: [unsure] })
    const text = await ask(opened.page, 'Question: What is asthma?')
    expect(text).toContain('From the cloud.')
    expect(text).not.toContain('dog')
    expect(text).toContain(
      'Answered in the cloud by cloud-model, because the edge model was not sure enough of its draft (45 %; 80 % is asked)',
    )
  })

  it('asks an example when it is clicked, in the mode of the switch', async () => {
    await using opened = await open({})
    const { page, edge } = opened
    await page.getByText('only cloud').click()
    const example = page.locator('#examples button').first()
    const prompt = await example.innerText()
    await example.click()
    await page.locator('.answer details').waitFor()
    expect(edge.decisions[0]?.plan?.mode).toBe('only-cloud')
    expect(edge.large.calls[0]?.request.messages).toEqual([{ role: 'user', content: prompt }])
    expect(await page.locator('#examples button').first().isVisible()).toBe(false)
  })

  it('marks which words the edge added when the cloud was lost in the middle', async () => {
    const lost = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const cut = new EdgewiseError('stream-cut', 'the connection was cut')
    const cloud: ScriptStep[] = [{ type: 'text-delta', text: 'Anemia is ' }, lost.promise, cut]
    await using opened = await open({
      local: [unsure, [goOn.promise, ...drafted(0.5, ['treated with iron.'])]],
      cloud: [cloud],
    })
    const { page, edge, faults } = opened
    await page.getByLabel('Your message').fill('Question: How is anemia treated?')
    await page.keyboard.press('Enter')
    await page.getByText('Anemia is').waitFor()
    lost.resolve()
    await expect.poll(() => edge.small.calls.length).toBe(2)
    // The clocks of both sides are set against each other to a few milliseconds.
    await page.waitForFunction((start) => performance.now() > start + 20, await page.evaluate(() => performance.now()))
    goOn.resolve()
    const answer = page.locator('.answer')
    await answer.locator('details').waitFor()
    expect(await answer.locator('.from-edge').innerText()).toBe('treated with iron.')
    expect(await answer.innerText()).toContain(
      'Begun in the cloud, finished at the edge by edge-model, because the connection was cut in the middle of the answer.',
    )
    expect(faults).toEqual([])
  })

  it('stops an answer', async () => {
    await using opened = await open({
      local: [[...drafted(0.9, ['One ', 'two ', 'three ', 'four ', 'five ']).slice(0, 5), never]],
    })
    const { page, edge } = opened
    await page.getByLabel('Your message').fill('Count')
    await page.keyboard.press('Enter')
    await page.getByText('five').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped by you while it came at the edge.').waitFor()
    expect(edge.decisions[0]?.outcome).toBe('aborted')
    expect(await page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true)
  })

  it('tells why there is no answer', async () => {
    await using opened = await open({ link: { state: 'down', because: 'cut' } })
    const { page } = opened
    await page.getByText('only cloud').click()
    await page.getByLabel('Your message').fill('Hello')
    await page.keyboard.press('Enter')
    const fault = page.locator('.answer .fault')
    await fault.waitFor()
    expect(await fault.innerText()).toContain('the hub cannot be reached')
    expect(await page.locator('.wire').getAttribute('data-state')).toBe('down')
  })

  it('shows an answer as text, whatever is in it', async () => {
    const evil = '<img src=x onerror="document.title=`taken`"><b>bold</b>'
    await using opened = await open({ local: [drafted(0.9, [evil])] })
    const { page, faults } = opened
    expect(await ask(page, evil)).toContain(evil)
    expect(await page.locator('#log img, #log .text b').count()).toBe(0)
    expect(await page.title()).toBe('Edgewise')
    expect(faults).toEqual([])
  })

  it('asks for the key when it has none, and for another when it is wrong', async () => {
    await using opened = await open({}, '')
    const { page } = opened
    await page.getByText('This edge wants its API key.').waitFor()
    await page.getByLabel('API key of this edge').fill('ew-wrong-key-0123456789')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByText('The edge does not know this API key.').waitFor()
    await page.getByLabel('API key of this edge').fill(key)
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByText('cloud-model').waitFor()
    expect(await page.getByLabel('API key of this edge').isVisible()).toBe(false)
    expect(await page.getByText('The edge does not know').isVisible()).toBe(false)
  })

  it('sends the earlier messages only when asked to', async () => {
    await using opened = await open({})
    const { page, edge } = opened
    await ask(page, 'first')
    await ask(page, 'second')
    await page.getByLabel('send the earlier messages too').check()
    await ask(page, 'third')
    expect(edge.small.calls.map(({ request }) => request.messages.length)).toEqual([1, 1, 5])
  })

  it('shows what left the edge, where the edge keeps it', async () => {
    const messages = [{ role: 'user', content: 'I am [PERSON_1] <b>' }]
    await using opened = await open({ local: [unsure], sent: JSON.stringify({ model: 'x', messages }) })
    const { page, faults } = opened
    await ask(page, 'Question: who am I?')
    await page.getByText('What left the edge').waitFor()
    expect(await page.locator('.left li').innerText()).toBe('user: I am [PERSON_1] <b>')
    expect(await page.locator('.left li mark').allInnerTexts()).toEqual(['[PERSON_1]'])
    expect(await page.locator('.left pre').innerText()).toContain('"model":"x"')
    expect(faults).toEqual([])
  })

  it('switches the link through the control server of a demo', async () => {
    await using edge = await startPageEdge({ local: [sure], cloud: [scriptedAnswer(['x'])] })
    await using link = await startDemoLink({ hubPort: 9, onSwitch: () => {} })
    await using control = await startControlServer({ link, apiKey: key, origins: new Set([edge.url]) })
    const { page, faults } = await openPage(browser)
    await page.goto(`${edge.url}/#key=${key}&control=${control.port}`)
    await page.getByText('LAN · 1.4 ms').waitFor()
    await page.getByText('Down', { exact: true }).click()
    await expect.poll(() => link.state().profile).toBe('down')
    await page.locator('.wire[data-state=down]', { hasText: 'down' }).waitFor()
    link.switchTo('4g')
    await page.getByText('4G · 1.4 ms').waitFor()
    expect(await page.getByLabel('4G').isChecked()).toBe(true)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('fits a phone and gives every control a name', async () => {
    await using edge = await startPageEdge({ local: [sure], cloud: [scriptedAnswer(['x'])] })
    const { page } = await openPage(browser, { viewport: { width: 360, height: 740 } })
    await page.goto(`${edge.url}/#key=${key}`)
    await page.getByText('cloud-model').waitFor()
    await ask(page, 'Slots: play something')
    // As text: this code is the browser's, and the checker knows no document.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    const nameless = `[...document.querySelectorAll('button, input, textarea')]
      .filter((field) => field.textContent === '' && !field.labels?.length)
      .map((field) => field.outerHTML)`
    expect(await page.evaluate(nameless)).toEqual([])
    await page.context().close()
  })
})
