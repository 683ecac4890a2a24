<?php
// The shop as a PHP back office sees it: SimpleXML without CDATA, DOMDocument for what is sent, one concern per setOrder.
$bad = 0;
function check($name, $good, $seen = '') {
    global $bad;
    echo $good ? "ok $name\n" : "FAIL $name: " . substr(is_string($seen) ? $seen : json_encode($seen, JSON_UNESCAPED_UNICODE), 0, 600) . "\n";
    $bad |= !$good;
}
class Shop {
    public $token; public $code; public $raw;
    function call($endpoint, array $fields, $root = 'Params') {
        $doc = new DOMDocument('1.0', 'UTF-8');
        $doc->formatOutput = true;
        $this->fill($doc, $doc->appendChild($doc->createElement($root)), $fields);
        $curl = curl_init(getenv('UNAS_URL') . '/' . $endpoint);
        $headers = ['Content-Type: application/xml; charset=UTF-8'];
        if ($this->token) $headers[] = 'Authorization: Bearer ' . $this->token;
        curl_setopt_array($curl, [CURLOPT_POST => 1, CURLOPT_RETURNTRANSFER => 1, CURLOPT_ENCODING => '', CURLOPT_TIMEOUT => 20,
            CURLOPT_POSTFIELDS => $doc->saveXML(), CURLOPT_HTTPHEADER => $headers]);
        $this->raw = (string)curl_exec($curl);
        $this->code = curl_getinfo($curl, CURLINFO_HTTP_CODE);
        return simplexml_load_string($this->raw, 'SimpleXMLElement', LIBXML_NOCDATA | LIBXML_NONET);
    }
    private function fill($doc, $parent, array $fields) {
        foreach ($fields as $name => $value) foreach (is_array($value) && array_is_list($value) ? $value : [$value] as $one) {
            $node = $parent->appendChild($doc->createElement($name));
            if (is_array($one)) $this->fill($doc, $node, $one);
            else $node->appendChild($doc->createTextNode((string)$one));
        }
    }
}
$shop = new Shop;
$login = $shop->call('login', ['ApiKey' => getenv('UNAS_KEY')]);
$shop->token = (string)$login->Token;
check('login', (string)$login->Status === 'ok' && (int)$login->ExpireTime > time() && count($login->Permissions->Permission) > 10, $shop->raw);
check('the end is printed as documented', (bool)preg_match('/^\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d$/', $login->Expire), $shop->raw);

$seen = []; $last = ''; $start = 0;
do {
    $page = $shop->call('getOrder', ['TimeModEnd' => time() + 86400, 'Order' => 'order_time_asc', 'LimitNum' => 200, 'LimitStart' => $start]);
    foreach ($page->Order as $order) {
        $sum = 0.0;
        foreach ($order->Items->Item as $item) $sum += (float)$item->PriceGross * (float)$item->Quantity;
        if (abs($sum - (float)$order->SumPriceGross) > 1) check("the sum of $order->Key", false, "$sum, not $order->SumPriceGross");
        if ((string)$order->Date < $last) check("$order->Key is in order", false, "$order->Date after $last");
        foreach (['Id', 'DateMod', 'Currency', 'Status', 'StatusID', 'StatusType'] as $field) if ((string)$order->$field === '') check("$order->Key has $field", false);
        $seen[(string)$order->Key] = $last = (string)$order->Date;
    }
    $start += 200;
} while (count($page->Order) === 200);
check('pages of orders from row 0 give each once', count($seen) > 500, count($seen));
$key = array_key_first($seen);
check('at most 500 rows', count($shop->call('getOrder', [])->Order) === 500);
check('more than 500 asked', count($shop->call('getOrder', ['LimitNum' => 900])->Order) === 500);

$types = [];
foreach ($shop->call('getOrderStatus', [])->OrderStatus as $status) $types[(string)$status->Id] = (string)$status->Type;
check('statuses', in_array('open_normal', $types) && in_array('close_ok', $types) && in_array('close_fault', $types), $types);
check('orders of a status type', (string)$shop->call('getOrder', ['Status' => 'open_normal', 'LimitNum' => 1])->Order->StatusType === 'open_normal', $shop->raw);
check('orders of several statuses', count($shop->call('getOrder', ['StatusID' => implode(',', array_keys($types)), 'LimitNum' => 3])->Order) === 3);
foreach (['shipping', 'payment'] as $type) check("methods of $type", array_unique(array_map('strval', $shop->call('getMethod', ['Type' => $type])->xpath('Method/Type'))) === [$type], $shop->raw);

function change($shop, $key, $what) { return $shop->call('setOrder', ['Order' => [['Action' => 'modify', 'Key' => $key] + $what]], 'Orders')->Order; }
$closed = array_search('close_ok', $types);
$result = change($shop, $key, ['Status' => $closed, 'StatusEmail' => 'no']);
check('a result for the order', (string)$result->Status === 'ok' && (string)$result->Key === $key, $shop->raw);
change($shop, $key, ['Invoice' => ['Status' => 2, 'Number' => 'A/1', 'Url' => 'https://bill.example/1.pdf?a=1&b=2']]);
change($shop, $key, ['Shipping' => ['PackageNumber' => 'P1', 'TrackingUrl' => 'https://track.example/P1']]);
change($shop, $key, ['Comments' => ['Comment' => [['Type' => 'admin', 'Text' => 'egy <b> & ]]> két']]]]);
$order = $shop->call('getOrder', ['Key' => $key])->Order;
check('the status came', (string)$order->StatusID === (string)$closed && (string)$order->StatusType === 'close_ok', $shop->raw);
check('the invoice came', (string)$order->Invoice->Url === 'https://bill.example/1.pdf?a=1&b=2' && (string)$order->Invoice->Status === '2', $shop->raw);
check('the parcel came, the method stayed', (string)$order->Shipping->PackageNumber === 'P1' && (string)$order->Shipping->Name !== '', $shop->raw);
check('the comment came as it was', in_array('egy <b> & ]]> két', array_map('strval', $order->xpath('Comments/Comment/Text'))), $shop->raw);
$result = change($shop, '1-1', ['Status' => $closed]);
check('a missing order is an error of its own', $shop->code === 200 && (string)$result->Status === 'error' && (string)$result->Error !== '', $shop->raw);
$result = $shop->call('setOrder', ['Order' => [['Action' => 'modify', 'Key' => '1-1', 'Status' => $closed], ['Action' => 'modify', 'Key' => $key, 'StatusDetails' => 'too far']]], 'Orders');
check('the first error ends the call', strpos($shop->call('getOrder', ['Key' => $key])->asXML(), 'too far') === false, $shop->raw);

$buyer = $shop->call('getCustomer', ['LimitNum' => 1])->Customer;
$points = (float)$buyer->PointsAccount->Balance + 7;
$result = $shop->call('setCustomer', ['Customer' => [['Action' => 'modify', 'Id' => (string)$buyer->Id, 'PointsAccount' => ['Balance' => $points]]]], 'Customers')->Customer;
check('a result for the customer', (string)$result->Status === 'ok' && (string)$result->Id === (string)$buyer->Id, $shop->raw);
$after = $shop->call('getCustomer', ['Id' => (string)$buyer->Id])->Customer;
check('the points came, the name stayed', (float)$after->PointsAccount->Balance === $points && (string)$after->Contact->Name === (string)$buyer->Contact->Name, $shop->raw);
$product = $shop->call('getProduct', ['ContentType' => 'short', 'LimitNum' => 1])->Product;
check('stock by article number', (string)$shop->call('getStock', ['Sku' => (string)$product->Sku])->Product->Id === (string)$product->Id, $shop->raw);
check("the product's category is one of the shop's", in_array((string)$product->Categories->Category->Id, array_map('strval', $shop->call('getCategory', [])->xpath('Category/Id'))), $shop->raw);
$shop->token = 'gone';
check('a dead token is said with the root', $shop->call('getOrder', [])->getName() === 'Error' && $shop->code === 400, $shop->raw);
exit($bad);
