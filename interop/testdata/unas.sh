# The shop as plain curl sees it: a raw XML body without a content type of its own, so curl says it is a form.
set -u
bad=0
head='<?xml version="1.0" encoding="UTF-8" ?>'
check() { if [[ $2 == *"$3"* ]]; then echo "ok $1"; else echo "FAIL $1: no '$3' in: ${2:0:600}"; bad=1; fi; }
post() { curl -s -w '\nHTTP %{http_code}' "${@:3}" "$UNAS_URL/$1" -d "$2"; }

login=$(post login "$head<Params><ApiKey>$UNAS_KEY</ApiKey><WebshopInfo>true</WebshopInfo></Params>")
check 'login names the shop' "$login" '<WebshopName>'
check 'login is well' "$login" '<Status>ok</Status>'
token=$(sed -n 's:.*<Token>\(.*\)</Token>.*:\1:p' <<<"$login")
auth=(-H "Authorization: Bearer $token")

page=$(post getOrder "$head<Params><LimitNum>2</LimitNum></Params>" "${auth[@]}")
key=$(sed -n 's:.*<Key>\(.*\)</Key>.*:\1:p' <<<"$page" | head -1)
check 'two orders' "$(grep -c '<Order>' <<<"$page")" 2
check 'an order by its key' "$(post getOrder "$head<Params><Key>$key</Key></Params>" "${auth[@]}")" "<Key>$key</Key>"
check 'an order by the number in its key' "$(post getOrder "$head<Params><Key>${key##*-}</Key></Params>" "${auth[@]}")" "<Key>$key</Key>"
none=$(post getOrder "$head<Params><Key>1-1</Key></Params>" "${auth[@]}")
check 'no such order: well' "$none" 'HTTP 200'
check 'no such order: an empty list' "$(tr -d '[:space:]' <<<"$none")" '<Orders></Orders>'
check 'a content type of XML is as good' "$(post getOrder "$head<Params><Key>$key</Key></Params>" "${auth[@]}" -H 'Content-Type: text/xml')" "<Key>$key</Key>"
check 'a list as the root is as good' "$(post getOrder "$head<Orders><Key>$key</Key></Orders>" "${auth[@]}")" "<Key>$key</Key>"

wrong=$(post getOrder "$head<Params/>" -H 'Authorization: Bearer 0123')
check 'a strange token: code' "$wrong" 'HTTP 400'
check 'a strange token: words' "$wrong" '<Error>Authentication Error'
refused=$(post login "$head<Params><ApiKey>no such key</ApiKey></Params>")
check 'a strange key: code' "$refused" 'HTTP 400'
check 'a strange key: words' "$refused" '<Error>Login Error: invalid ApiKey</Error>'
check 'GET is refused' "$(curl -s "${auth[@]}" "$UNAS_URL/getOrder")" '<Error>'
check 'half a document is refused' "$(post getOrder '<Params><Key>' "${auth[@]}")" 'HTTP 400'

check 'a document in a form' "$(curl -s "${auth[@]}" "$UNAS_URL/getOrder" --data-urlencode "params=$head<Params><Key>$key</Key></Params>")" "<Key>$key</Key>"

for type in OrderStatus OrderType Method; do
	check "get$type" "$(post "get$type" "$head<Params></Params>" "${auth[@]}")" "<$type>"
done
exit $bad
