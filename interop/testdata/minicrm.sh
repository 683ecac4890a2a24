# The CRM as plain curl sees it: credentials in the address, answers as PHP prints them, refusals as plain text.
set -u
bad=0
check() { if [[ $2 == *"$3"* ]]; then echo "ok $1"; else echo "FAIL $1: no '$3' in: ${2:0:600}"; bad=1; fi; }
api() { curl -s -w '\nHTTP %{http_code} %{content_type}' -u "$MINICRM_SYSTEM:$MINICRM_KEY" -X "$1" "${@:3}" "$MINICRM_URL/Api/$2"; }

modules=$(api GET R3/Category)
check 'modules' "$modules" '"5":"Webshop"'
check 'letters beyond ASCII are escaped' "$modules" '"4":"Megrendel\u00e9s"'
check 'the content type to the letter' "$modules" 'HTTP 200 application/json; charset=utf-8'
check 'modules in detail' "$(api GET 'R3/Category?Detailed=1')" '"Name":"Webshop"'
check 'a slash at the end' "$(api GET R3/Category/)" '"5":"Webshop"'
check 'a body with GET' "$(api GET R3/Category -H 'Content-Type: application/json' -d '{}')" '"5":"Webshop"'
check 'lengths of texts' "$(api GET R3/Schema/Project/5)" '"Name":"Text(512)"'
check 'the schema of persons' "$(api GET R3/Schema/Person)" '"Email":"Text(128)"'
check 'the schema of companies' "$(api GET R3/Schema/Business)" '"Name":"Text(1000)"'
check 'an empty list' "$(api GET Invoice/List)" '{"Count":0,"Results":[]}'

check 'POST makes no task' "$(api POST R3/ToDo/ -d '{}')" 'ToDo (POST): A metódus nem engedélyezett!'
check 'POST makes no task: code' "$(api POST R3/ToDo/ -d '{}')" 'HTTP 405 text/plain'
check 'an empty task' "$(api PUT R3/ToDo/ -d '{}')" 'ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"'
check 'an empty task: code' "$(api PUT R3/ToDo/ -d '{}')" 'HTTP 400'
check 'no such card' "$(api GET R3/Project/987654)" 'HTTP 404'
check 'an unknown parameter' "$(api GET 'R3/Project?NoSuchField=1')" 'HTTP 400'
check 'a strange key' "$(curl -s -w ' HTTP %{http_code}' -u "$MINICRM_SYSTEM:00000000000000000000000000000000" "$MINICRM_URL/Api/R3/Category")" 'HTTP 401'

person=$(api PUT R3/Contact -d '{"Type":"Person","FirstName":"Éva","LastName":"Kovács","Email":"eva@x.example"}' | sed -n 's:^{"Id"\:\([0-9]*\)}$:\1:p')
check 'a person by the word of the system' "$(api GET "R3/Contact/$person")" '"Type":"Szem\u00e9ly"'
check 'a person by the word of the API' "$(api GET 'R3/Contact?Email=eva@x.example')" '"Type":"Person"'
check 'addresses in rows bear slashes escaped' "$(api GET 'R3/Contact?Email=eva@x.example')" 'https:\/\/r3.minicrm.hu\/Api\/R3\/Contact\/'
check 'of two equal parameters the last counts' "$(api GET 'R3/Contact?Type=Person&Email=&Email=eva@x.example')" '"Count":1,'
check 'what a person lacks is there and empty' "$(api GET "R3/Contact/$person")" '"BankAccount":"","Swift":"","VatNumber":"","Industry":""'
check 'a number is no type' "$(api PUT R3/Contact -d '{"Type":2,"FirstName":"X"}')" 'HTTP 400'
exit $bad
