// The shop as a Node service sees it: fetch, answers read with regular expressions, end of paging told in either way.
let bad = 0
function check(name, good, seen = '') {
  console.log(good ? `ok ${name}` : `FAIL ${name}: ${String(seen).slice(0, 600)}`)
  if (!good) bad = 1
}
const value = (xml, tag) => (xml.match(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`)) ?? [, ''])[1].replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1').trim()
const blocks = (xml, tag) => xml.match(new RegExp(`<${tag}>[\\s\\S]*?</${tag}>`, 'g')) ?? []

let token = ''
async function call(endpoint, fields) {
  const response = await fetch(`${process.env.UNAS_URL}/${endpoint}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/xml; charset=UTF-8', ...(token && { Authorization: `Bearer ${token}` }) },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Params>\n${Object.entries(fields).map(([k, v]) => `    <${k}>${v}</${k}>`).join('\n')}\n</Params>`,
    signal: AbortSignal.timeout(20_000),
  })
  return { ok: response.ok, status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

const login = await call('login', { ApiKey: process.env.UNAS_KEY, WebshopInfo: 'true' })
token = value(login.text, 'Token')
check('login', login.ok && token !== '', login.text)
check('an answer calls itself XML', login.type.includes('xml'), login.type)

const keys = new Set()
let start = 0, rows
do {
  const page = await call('getOrder', { LimitNum: 250, LimitStart: start })
  if (!page.ok) { check('the end may be an error', page.text.includes('end of the range'), page.text); break }
  rows = blocks(page.text, 'Order')
  for (const row of rows) keys.add(value(row, 'Key'))
  start += 250
} while (rows.length > 0)
check('every order is reached', keys.size > 500, keys.size)

const page = await call('getOrder', { LimitNum: 40, Lang: 'base' })
const names = blocks(page.text, 'Item').map(item => value(item, 'Name'))
check('texts come without their wrapping', names.length > 0 && names.every(name => name && !name.includes('CDATA')), names)
check('the special lines are spelled as documented', (await Promise.all([0, 250, 500].map(s => call('getOrder', { LimitNum: 250, LimitStart: s })))).some(p => p.text.includes('<Id>shipping-cost</Id>')))

const goods = new Map()
start = 0
do {
  const page = await call('getProduct', { ContentType: 'full', LimitNum: 6, LimitStart: start })
  if (!page.ok) { check('the end of products may be an error', page.text.includes('end of the range'), page.text); break }
  rows = blocks(page.text, 'Product')
  for (const row of rows) goods.set(value(row, 'Sku'), row)
  start += 6
} while (rows.length > 0)
const products = [...goods.values()]
check('every product is reached', products.length > 6 && !goods.has(''), [...goods.keys()])
check('each product has a price', products.every(row => Number(value(blocks(row, 'Price')[0] ?? '', 'Gross')) > 0))
check('each has a first category and an address', products.every(row => value(row, 'Category').includes('<Type>base</Type>') && value(row, 'Url').startsWith('https://')))
check('descriptions come as they are shown', products.some(row => value(row, 'Long').includes('<p>')) && products.every(row => !value(row, 'Long').includes('&lt;')))

token = 'expired'
const gone = await call('getOrder', { LimitNum: 1 })
check('a dead token is told apart', !gone.ok && /Authentication Error|expired Token/.test(gone.text), gone.text)
process.exit(bad)
