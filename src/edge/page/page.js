// The page of an edge: asks questions and tells where each answer ran, and why. Whatever a model wrote goes in as text, never as markup.

const places = { local: 'edge', cloud: 'cloud' }
const placeWords = { edge: 'at the edge', cloud: 'in the cloud' }
const reasonWords = {
  'only-edge': 'requests must stay at the edge',
  'prefer-edge': 'the edge is preferred',
  'prefer-cloud': 'the cloud is preferred',
  'only-cloud': 'only the cloud may answer',
  mode: 'the mode rules out what ranks higher',
  model: 'the request names the model',
  privacy: 'nothing of it may leave this edge',
  'link-down': 'the cloud could not be reached',
  deadline: 'the link could not have met the deadline',
  capability: 'the preferred model cannot do what was asked',
  'engine-down': 'the preferred engine was not available',
  'low-confidence': 'the edge model was not sure enough of its draft',
  confident: 'the edge model was sure enough of its draft',
  'stream-cut': 'the connection was cut in the middle of the answer',
  'upstream-timeout': 'the cloud fell silent',
  'upstream-failed': 'the server in the cloud failed',
  overloaded: 'the preferred model had too much to do',
}

const $ = (id) => document.getElementById(id)

/** An element with attributes, listeners (`onclick`) and children; text children stay text. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value !== undefined) element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const duration = (ms) => (ms >= 9950 ? `${(ms / 1000).toFixed(1)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`)
const percent = (share) => `${Math.round(share * 100)} %`
const because = (reason) => `because ${reasonWords[reason] ?? `of “${reason}”`}`

// --- The key comes in the fragment, leaves the address bar at once, and stays in this tab. ---

function readFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1))
  for (const name of ['key', 'control']) {
    if (fragment.has(name)) sessionStorage.setItem(`edgewise-${name}`, fragment.get(name))
  }
  if (fragment.has('key')) history.replaceState(null, '', location.pathname + location.search)
}

function controlUrl() {
  const port = sessionStorage.getItem('edgewise-control') ?? ''
  return /^\d{1,5}$/.test(port) ? `http://127.0.0.1:${port}` : undefined
}

/** fetch with the key; throws an Error with a sentence for the reader when there is no answer of status 2xx. */
async function call(url, { headers = {}, ...options } = {}) {
  const authorization = `Bearer ${sessionStorage.getItem('edgewise-key') ?? ''}`
  let response
  try {
    response = await fetch(url, { ...options, headers: { ...headers, authorization } })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new Error('The edge does not answer. Is it still running?', { cause })
  }
  if (response.ok) return response
  if (response.status === 401) askForKey()
  const body = await response.json().catch(() => undefined)
  throw Object.assign(new Error(body?.error?.message ?? `The edge answered with status ${response.status}.`), {
    response,
  })
}

const postJson = (url, value, options = {}) =>
  call(url, {
    ...options,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify(value),
  })

function askForKey() {
  $('key-form').hidden = false
  const hadKey = sessionStorage.getItem('edgewise-key') !== null
  notice(hadKey ? 'The edge does not know this API key.' : 'This edge wants its API key.')
}

function notice(text) {
  $('notice').textContent = text ?? ''
  $('notice').hidden = text === undefined
}

// --- State of the link ---

let profile

function showLink({ link, cloud }) {
  const isCut = profile === 'down'
  const state = isCut ? 'down' : link.state
  const named = profile === undefined || isCut ? state : profile.toUpperCase()
  const roundTrip = link.roundTripMs === undefined ? '' : ` · ${duration(link.roundTripMs)}`
  const rest = state !== 'down' ? roundTrip : named === state ? '' : ' · reconnecting'
  const text = cloud === null && profile === undefined ? 'no hub' : named + rest
  if ($('link-text').textContent !== text) $('link-text').textContent = text
  $('link-text').title = link.because ?? ''
  document.querySelector('.wire').dataset.state = state
  $('cloud-model').textContent = cloud ?? (link.state === 'down' ? 'out of reach' : '…')
}

async function readStatus() {
  try {
    const control = controlUrl()
    if (control !== undefined) showProfile(await (await call(`${control}/link`)).json())
  } catch {
    profile = undefined
    $('link-switch').hidden = true
  }
  try {
    const status = await (await call('/edgewise/v1/status')).json()
    $('edge-model').textContent = status.local?.model ?? '…'
    showLink(status)
    if (document.querySelector('[name=mode]:checked') === null) check('mode', status.mode)
    notice(undefined)
    $('key-form').hidden = true
  } catch (error) {
    if (error.response?.status !== 401) notice(error.message)
    $('link-text').textContent = 'unknown'
    document.querySelector('.wire').dataset.state = 'unknown'
  }
}

function check(name, value) {
  for (const input of document.querySelectorAll(`[name=${name}]`)) input.checked = input.value === value
}

function showProfile(link) {
  profile = link.profile
  $('link-switch').hidden = false
  check('link', profile)
}

async function switchLink(event) {
  try {
    showProfile(await (await postJson(`${controlUrl()}/link`, { profile: event.target.value })).json())
    await readStatus()
  } catch (error) {
    notice(`The link could not be switched: ${error.message}`)
  }
}

async function watch() {
  for (;;) {
    if (!document.hidden && sessionStorage.getItem('edgewise-key') !== null) await readStatus()
    await pause(2500)
  }
}

// --- One question and its answer ---

const turns = []
let running

async function ask(prompt) {
  if (running !== undefined || prompt.trim() === '') return
  $('empty')?.remove()
  $('examples').open = false
  const remembered = $('remember').checked ? [...turns] : []
  const message = { role: 'user', content: prompt }
  const card = createCard(/^(Shell|命令|Command)/i.test(prompt))
  $('log').append(el('p', { class: 'question' }, prompt), card.element)
  card.element.scrollIntoView({ block: 'end' })
  running = new AbortController()
  setBusy(true)
  try {
    const text = await stream([...remembered, message], card, running.signal)
    turns.push(message, { role: 'assistant', content: text })
  } catch (error) {
    if (!running.signal.aborted) card.fail(error.message)
  }
  running = undefined
  setBusy(false)
  await card.conclude()
  card.element.scrollIntoView({ block: 'end' })
}

function setBusy(isBusy) {
  $('log').setAttribute('aria-busy', isBusy)
  $('send').hidden = isBusy
  $('stop').hidden = !isBusy
}

async function stream(messages, card, signal) {
  const mode = document.querySelector('[name=mode]:checked')
  const headers = mode === null ? {} : { 'x-edgewise-mode': mode.value }
  const body = { model: 'auto', messages, temperature: 0, stream: true }
  try {
    const response = await postJson('/v1/chat/completions', body, { headers, signal })
    card.begin(response.headers)
    return await readAnswer(response.body, card)
  } catch (error) {
    if (error.response !== undefined) card.begin(error.response.headers)
    throw error
  }
}

async function readAnswer(body, card) {
  let text = ''
  let stretch = 0
  for await (const data of events(body)) {
    if (data === '[DONE]') return text
    const chunk = JSON.parse(data)
    if (chunk.error !== undefined) throw new Error(chunk.error.message)
    const choice = chunk.choices?.[0]
    // Before the end this field says that another place goes on; in the last chunk it names the final one.
    if (chunk.edgewise !== undefined && choice !== undefined && choice.finish_reason === null) stretch++
    const piece = choice?.delta?.content ?? ''
    if (piece !== '') card.add(piece, stretch)
    text += piece
  }
  throw new Error('The answer broke off.')
}

/** The data of each server-sent event. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const blocks = (rest + next.value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) if (block.startsWith('data: ')) yield block.slice(6)
  }
}

function createCard(isCode) {
  const deltas = []
  const text = el('p', { class: `text is-waiting${isCode ? ' is-code' : ''}` })
  const footer = el('footer', {}, el('p', { class: 'facts' }, 'Asking the edge …'))
  const element = el('article', { class: 'answer', 'aria-label': 'Answer' }, text, footer)
  let requestId
  return {
    element,
    begin(headers) {
      requestId = headers.get('x-edgewise-request-id') ?? undefined
      const placement = headers.get('x-edgewise-placement')
      if (placement === 'cascade') footer.textContent = 'The edge drafts, and checks how sure it is …'
      else if (placement !== null) footer.textContent = `Answering ${placeWords[places[placement]] ?? placement} …`
      light(places[placement])
    },
    add(piece, stretch) {
      deltas.push({ stretch, text: piece })
      if (deltas.length === 1 && piece.startsWith('{')) text.classList.add('is-code')
      text.append(piece)
    },
    fail(message) {
      element.dataset.place = 'failed'
      text.after(el('p', { class: 'fault' }, message))
    },
    async conclude() {
      text.classList.remove('is-waiting')
      text.hidden = deltas.length === 0
      const decision = requestId === undefined ? undefined : await findDecision(requestId)
      if (decision === undefined)
        footer.textContent = deltas.length > 0 ? 'The edge kept no record of this answer.' : ''
      else {
        tell({ decision, deltas, element, text, footer })
        if (decision.sent.bytes > 0) footer.append(...(await whatLeft(requestId)))
      }
      if (footer.textContent === '') footer.remove()
    },
  }
}

function light(place) {
  for (const { dataset, classList } of document.querySelectorAll('.place')) {
    classList.toggle('is-answering', dataset.place === place)
  }
}

/** The record of a request; it is written right after the last word. */
async function findDecision(requestId) {
  for (let attempt = 0; attempt < 8; attempt++) {
    const response = await call(`/edgewise/v1/requests/${requestId}`).catch((error) => error.response)
    if (response?.ok) return response.json()
    if (response?.status !== 404) return undefined
    await pause(100)
  }
  return undefined
}

// --- Telling a decision as a person would ---

function tell({ decision, deltas, element, text, footer }) {
  const writers = writersOf(decision)
  const last = places[writers.at(-1)?.placement]
  if (decision.outcome !== 'failed') element.dataset.place = last ?? 'none'
  light(last)
  if (writers.length > 1 && deltas.length > 0) text.replaceChildren(...marked(deltas, writers))
  footer.replaceChildren(
    el('p', { class: 'where' }, ...where(decision, writers)),
    ...guarded(decision),
    ...gauge(decision),
    el('p', { class: 'facts' }, facts(decision)),
    how(decision),
  )
}

/** The steps that gave text: a place wrote when the answer had begun before the next place took over. */
function writersOf({ steps, firstTokenMs = Number.POSITIVE_INFINITY }) {
  const begun = steps.filter((_, index) => (steps[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) > firstTokenMs)
  return begun.filter(({ placement }) => placement in places)
}

/** The answer, with what each further place added set off. */
function marked(deltas, writers) {
  return writers.map(({ placement }, index) => {
    const own = deltas.filter(({ stretch }) => stretch === index).map(({ text }) => text)
    return el('span', index === 0 ? {} : { class: `from-${places[placement]}` }, own.join(''))
  })
}

function where({ outcome, steps, confidence }, writers) {
  const { model = '', reason = '' } = steps.at(-1) ?? {}
  const named = writers.map(({ placement }) => placeName(places[placement]))
  const last = named.at(-1)
  if (outcome === 'failed') return ['No whole answer could be given.']
  if (outcome === 'aborted')
    return last ? ['Stopped by you while it came ', last, '.'] : ['Stopped by you before the first word.']
  if (last === undefined) return [`${model} had nothing to say.`]
  if (named.length > 1) return ['Begun ', named[0], ', finished ', last, ` by ${model}, ${because(reason)}.`]
  const isJudged = confidence !== undefined && ['confident', 'low-confidence'].includes(reason)
  const sureness = isJudged ? ` (${percent(confidence.value)}; ${percent(confidence.threshold)} is asked)` : ''
  return ['Answered ', last, ` by ${model}, ${because(reason)}${sureness}.`]
}

const placeName = (place) => el('b', { 'data-place': place }, placeWords[place])

function gauge({ confidence }) {
  if (confidence === undefined) return []
  const { value, threshold } = confidence
  const label = `Confidence of the edge model ${percent(value)}, threshold ${percent(threshold)}`
  const looks = value < threshold ? 'gauge is-low' : 'gauge'
  const bar = el('span', { class: looks, role: 'img', 'aria-label': label, title: label }, el('i'), el('u'))
  bar.style.setProperty('--value', value)
  bar.style.setProperty('--threshold', threshold)
  return [bar]
}

function facts({ firstTokenMs, usage, totalMs, sent }) {
  const first = firstTokenMs === undefined ? [] : [`first token after ${duration(firstTokenMs)}`]
  const tokens = usage === undefined ? [] : [`tokens: ${usage.promptTokens} in, ${usage.completionTokens} out`]
  const left = sent.bytes === 0 ? 'nothing left the edge' : `${sent.bytes} bytes left the edge`
  return [...first, ...tokens, `${duration(totalMs)} in all`, left].join(' · ')
}

/** What the guard found and did, where it looked. */
function guarded({ privacy }) {
  if (privacy === undefined || Object.keys(privacy.findings).length === 0) return []
  const found = Object.entries(privacy.findings).map(
    ([kind, count]) => `${count} ${kind.toLowerCase().replaceAll('_', ' ')}`,
  )
  const did = privacy.keptBecause !== undefined ? 'it stays at the edge' : 'what leaves is without it'
  const verb = privacy.mode === 'observe' ? 'only observed' : did
  return [el('p', { class: 'facts' }, `Personal data found: ${found.join(', ')}; ${verb}.`)]
}

/** The text that left for a request, with what stands in the place of personal data set off; nothing where the edge keeps no such thing. */
async function whatLeft(requestId) {
  const response = await call(`/edgewise/v1/requests/${requestId}/sent`).catch(() => undefined)
  if (response === undefined) return []
  const body = await response.text()
  const rows = textsOf(body).map((text) => el('li', {}, ...withTokens(text)))
  const title = el('p', { class: 'facts' }, 'What left the edge, and all the bytes of it:')
  return [el('section', { class: 'left' }, title, el('ul', {}, ...rows), el('pre', {}, ...withTokens(body)))]
}

function textsOf(body) {
  try {
    return JSON.parse(body).messages.map(({ role, content }) => {
      return `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`
    })
  } catch {
    return []
  }
}

function withTokens(text) {
  return text
    .split(/(\[[A-Z]+(?:_\d+(?:_[A-Z]+)?)?\])/)
    .map((part, index) => (index % 2 === 1 ? el('mark', {}, part) : part))
}

function how({ plan, requestId, steps, errorCode }) {
  const lines = (plan?.rejected ?? []).map(({ placement, because: why }) => `not ${placement}: ${why}`)
  const way = steps.map(({ atMs, placement, reason }) => `after ${duration(atMs)}: ${placement} (${reason})`)
  const end = errorCode === undefined ? [] : [`ended with ${errorCode}`]
  const rows = [...way, ...lines, ...end, `request ${requestId}`].map((line) => el('li', {}, line))
  return el('details', {}, el('summary', {}, 'How it was decided'), el('ul', {}, ...rows))
}

function start() {
  readFragment()
  addEventListener('hashchange', () => {
    readFragment()
    void readStatus()
  })
  $('examples').addEventListener('click', ({ target }) => {
    if (target instanceof HTMLButtonElement) void ask(target.textContent)
  })
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault()
    const prompt = $('prompt').value
    if (running !== undefined) return
    $('prompt').value = ''
    void ask(prompt)
  })
  $('prompt').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    $('composer').requestSubmit()
  })
  $('stop').addEventListener('click', () => running?.abort())
  $('link-switch').addEventListener('change', switchLink)
  $('key-form').addEventListener('submit', (event) => {
    event.preventDefault()
    sessionStorage.setItem('edgewise-key', $('key').value.trim())
    void readStatus()
  })
  if (sessionStorage.getItem('edgewise-key') === null) askForKey()
  void watch()
}

start()
