// The CRM as a TypeScript tool sees it: fetch with JSON, everything searched first and then read by id.
let bad = 0
function check(name, good, seen = '') {
  console.log(good ? `ok ${name}` : `FAIL ${name}: ${JSON.stringify(seen)?.slice(0, 600)}`)
  if (!good) bad = 1
}
const authorization = 'Basic ' + Buffer.from(`${process.env.MINICRM_SYSTEM}:${process.env.MINICRM_KEY}`).toString('base64')
async function call(method, path, body) {
  const response = await fetch(process.env.MINICRM_URL + path, {
    method, headers: { Authorization: authorization, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body), signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  return response.ok ? JSON.parse(text) : { failed: response.status, text }
}
const search = (path, query) => call('GET', `${path}?${new URLSearchParams(query)}`)
const rows = answer => Object.values(answer.Results)

const modules = await call('GET', '/Api/R3/Category')
const sales = +Object.keys(modules).find(id => id !== '4' && id !== '5')
const schema = await call('GET', `/Api/R3/Schema/Project/${sales}`)
const user = +Object.keys(schema.UserId)[0]
const [lead, open] = Object.keys(schema.StatusId).map(Number)
const company = await call('PUT', '/Api/R3/Contact', { Type: 'Business', Name: 'Első Kft.', Email: 'info@elso.example' })
const person = await call('PUT', '/Api/R3/Contact', { Type: 'Person', FirstName: 'János', LastName: 'Kiss', Email: 'janos@elso.example', Phone: '+36301234567', BusinessId: company.Id })
check('contacts get numbers', typeof company.Id === 'number' && typeof person.Id === 'number', [company, person])
for (const [what, query] of Object.entries({ 'mail address': { Email: 'janos@elso.example' }, 'end of the phone number': { Phone: '1234567' }, 'part of the name': { Name: 'Kis' }, 'a word': { Query: 'janos' } })) {
  const found = await search('/Api/R3/Contact', query)
  check(`a contact by ${what}`, rows(found).some(row => row.Id === person.Id), found)
}
check('a company and its people', (await search('/Api/R3/Contact', { MainContactId: company.Id })).Count === 2)
const contact = await call('GET', `/Api/R3/Contact/${person.Id}`)
check('a contact in detail', contact.BusinessId === company.Id && Array.isArray(contact.Tags) && contact.LastName === 'Kiss', contact)

const card = await call('PUT', '/Api/R3/Project', { CategoryId: sales, ContactId: person.Id, StatusId: lead, UserId: user, Name: 'Próba / "adatlap"' })
await call('PUT', `/Api/R3/Project/${card.Id}`, { StatusId: open, Name: 'Új név' })
const detail = await call('GET', `/Api/R3/Project/${card.Id}`)
check('a card in detail', detail.Name === 'Új név' && detail.StatusId === schema.StatusId[open] && detail.BusinessId === company.Id, detail)
for (const [what, query] of Object.entries({ status: { CategoryId: sales, StatusId: open }, 'status group': { CategoryId: sales, StatusGroup: 'Open' }, owner: { UserId: user }, company: { MainContactId: company.Id }, 'a word without its accents': { Query: 'uj' }, change: { UpdatedSince: '2020-01-01 00:00:00' } })) {
  const found = await search('/Api/R3/Project', query)
  check(`a card by ${what}`, rows(found).some(row => row.Id === card.Id && row.StatusId === open), found)
}
const task = await call('PUT', '/Api/R3/ToDo', { ProjectId: card.Id, UserId: user, Comment: 'Hívás', Deadline: '2031-12-01 10:00:00', Duration: 30, Reminder: 10 })
const mine = (await call('GET', `/Api/R3/ToDoList/${card.Id}?Status=Open`)).Results.filter(row => Number(row.UserId) === user)
check("an owner's tasks", mine.length === 1 && mine[0].Id === task.Id, mine)
await call('PUT', `/Api/R3/ToDo/${task.Id}`, { Status: 'Closed' })
check('a closed task stays as it is', (await call('PUT', `/Api/R3/ToDo/${task.Id}`, { Comment: 'x' })).failed === 400)
check('closed tasks', (await call('GET', `/Api/R3/ToDoList/${card.Id}?Status=Closed`)).Count === 1)

await call('PUT', `/Api/R3/Project/${card.Id}`, { Deleted: 1 })
check('the trash', rows(await search('/Api/R3/Project', { CategoryId: sales, Deleted: 1 })).length === 1)
await call('PUT', `/Api/R3/Project/${card.Id}`, { Deleted: 0 })
check('out of the trash', rows(await search('/Api/R3/Project', { CategoryId: sales, Deleted: 1 })).length === 0)

const order = await call('POST', '/Api/Order', { CustomerId: person.Id, CurrencyCode: 'HUF', Items: [{ Name: 'Ablak', SKU: 'A1', PriceNet: 1000, Quantity: 2, Unit: 'darab', VAT: '27%' }] })
const draft = await call('GET', `/Api/Order/${order.Id}`)
check('an order reckons', Number(draft.Amount) === 2540 && draft.Items[0].VAT === '27%', draft)
check('an order changes as a draft', !(await call('POST', `/Api/Order/${order.Id}`, { CustomerId: person.Id, Subject: 'Tárgy' })).failed)
check('actions are not read', (await call('GET', `/Api/Order/${order.Id}/Finalize`)).failed === 405)
await call('POST', `/Api/Order/${order.Id}/Finalize`, {})
const listed = await search('/Api/Order/List', { StatusGroup: 'Open', UpdatedSince: '2020-01-01 00:00' })
check('an order in progress is listed with a number', rows(listed).length === 1 && rows(listed)[0].Number !== '', listed)
check('no more changes', (await call('POST', `/Api/Order/${order.Id}`, { CustomerId: person.Id, Subject: 'x' })).failed === 405)

const other = await call('PUT', '/Api/R3/Contact', { Type: 'Person', FirstName: 'Törlendő' })
check('a person is deleted', (await call('GET', `/Api/R3/PurgePerson/${other.Id}`)).Message === 'Successfully deleted')
check('a main contact stays', (await call('GET', `/Api/R3/PurgePerson/${person.Id}`)).Message?.includes('main contact'))
process.exit(bad)
