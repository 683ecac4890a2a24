<?php
// The CRM as a shop's plugin sees it: one SimpleXMLElement of all customers with their orders, sent whole.
$bad = 0;
function check($name, $good, $seen = '') {
    global $bad;
    echo $good ? "ok $name\n" : "FAIL $name: " . substr(is_string($seen) ? $seen : json_encode($seen, JSON_UNESCAPED_UNICODE), 0, 600) . "\n";
    $bad |= !$good;
}
function call($method, $path, $body = null, $type = null) {
    $curl = curl_init(getenv('MINICRM_URL') . $path);
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => 1, CURLOPT_TIMEOUT => 30, CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => array_filter(['Authorization: Basic ' . base64_encode(getenv('MINICRM_SYSTEM') . ':' . getenv('MINICRM_KEY')), $type ? "Content-Type: $type" : null])]);
    if ($body !== null) curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    $answer = (string)curl_exec($curl);
    return [curl_getinfo($curl, CURLINFO_HTTP_CODE), json_decode($answer, true), $answer];
}
function document(array $customers) {
    $projects = new SimpleXMLElement('<?xml version="1.0" encoding="utf-8"?><Projects/>');
    foreach ($customers as $id => $c) {
        $project = $projects->addChild('Project');
        $project->addAttribute('Id', $id);
        $project->Name = $c['company'] ? "$c[company] ($c[last] $c[first])" : "$c[last] $c[first]";
        $project->CategoryId = '5';
        $project->StatusId = count($c['orders']) > 1 ? 'Többször rendelt' : 'Egyszeri vevő';
        if ($c['company']) {
            $business = $project->addChild('Business');
            $business->Name = $c['company'];
            $business->VatNumber = '12345678-2-41';
            $address = $business->addChild('Addresses')->addChild('Address');
            $address->CountryId = 'Magyarország';
            $address->PostalCode = '1011';
            $address->City = 'Budapest';
            $address->addChild('Address', 'Fő utca 5.');
            $business->addChild('Emails')->addChild('Email')->Value = 'ceg@x.example';
            $business->addChild('Phones')->addChild('Phone')->Value = '+3611234567';
        }
        $contact = $project->addChild('Contacts')->addChild('Contact');
        $contact->FirstName = $c['first'];
        $contact->LastName = $c['last'];
        $contact->addChild('Emails')->addChild('Email')->Value = 'v@x.example';
        $contact->addChild('Phones')->addChild('Phone')->Value = '+36301112222';
        $orders = $project->addChild('Orders');
        foreach ($c['orders'] as $number => $status) {
            $order = $orders->addChild('Order');
            $order->addAttribute('Id', $number + 500000);
            $order->Number = $number;
            $order->CurrencyCode = 'HUF';
            $order->Language = '_HU';
            $order->Performance = date('Y-m-d H:i:s', time() - 86400);
            $order->addChild('Status', $status);
            $order->PaymentMethod = '';
            $customer = $order->addChild('Customer');
            $order->addChild('Project')->ShippingMethod = 'Futár';
            foreach (['Name' => "$c[last] $c[first]", 'CountryId' => 'Magyarország', 'PostalCode' => '1011', 'City' => 'Budapest', 'Address' => 'Fő utca 5.'] as $k => $v) $customer->$k = $v;
            $products = $order->addChild('Products');
            foreach ([[11, 'Kábel <2 m> & dugó', 1299.6062992126, 3, '27%', 'K-1'], [12, 'Szállítás: GLS', 1000, 1, '27%', ''], [13, 'Kupon: "TAVASZ"', -500.5, 1, '0%', '']] as [$pid, $name, $net, $n, $vat, $sku]) {
                $product = $products->addChild('Product');
                $product->addAttribute('Id', $pid);
                foreach (['Name' => $name, 'PriceNet' => $net, 'Quantity' => $n, 'SKU' => $sku, 'Description' => 'Leírás &amp; több', 'Unit' => 'darab', 'VAT' => $vat, 'FolderName' => 'Bolt'] as $k => $v) $product->$k = $v;
            }
        }
    }
    return $projects->asXML();
}
// MiniCRM answers first and processes later; nothing but asking again tells when.
function card($reference) {
    for ($i = 0; $i < 100; $i++) {
        [$code, $card] = call('GET', "/Api/R3/Project?ReferenceId=$reference");
        if ($code === 200 && isset($card['Id'])) return $card;
        usleep(50000);
    }
    return [];
}
$upload = '/Api/SyncFeed/' . getenv('MINICRM_SYSTEM') . '/Upload';
[$code, , $answer] = call('POST', $upload, document(['57' => ['company' => 'Próba & Társa Kft.', 'first' => 'Éva', 'last' => 'Kovács', 'orders' => [1001 => 'Issued', 1002 => 'Completed']],
    '1007' => ['company' => '', 'first' => 'Béla', 'last' => 'Nagy <b>', 'orders' => [1007 => 'Issued']]]), 'application/xml');
check('a document is taken', $code === 200, $answer);
$guest = card(1007);
$card = card(57);
check('the company and its person name the card', ($card['Name'] ?? '') === 'Próba & Társa Kft. (Kovács Éva)', $card);
check('a card stands in the webshop module', ($card['CategoryId'] ?? 0) === 5 && isset($card['BusinessId']), $card);
check('a guest has a card of their own', ($guest['Name'] ?? '') === 'Nagy <b> Béla' && !isset($guest['BusinessId']), $guest);
[, $business] = call('GET', '/Api/R3/Contact/' . ($card['BusinessId'] ?? 0));
check('the company is a contact', ($business['Name'] ?? '') === 'Próba & Társa Kft.' && $business['VatNumber'] === '12345678-2-41', $business);
[, $list] = call('GET', '/Api/Order/List');
$byNumber = array_column($list['Results'] ?? [], null, 'Number');
check('three orders', count($byNumber) === 3 && $list['Count'] === 3, $list);
check('their sums are reckoned', ($byNumber[1001]['AmountNet'] ?? '') === '4398.3189', $byNumber[1001] ?? null);
check('one is in progress, one completed', $byNumber[1001]['Status'] !== $byNumber[1002]['Status'], $list);
[, $order] = call('GET', '/Api/Order/' . $byNumber[1001]['Id']);
check('lines keep their order and signs', array_column($order['Items'], 'PriceNet') === ['1299.606299', '1000.000000', '-500.500000'] && array_column($order['Items'], 'Name')[0] === 'Kábel <2 m> & dugó', $order);
check('the order\'s card has its field', ($order['Project']['ShippingMethod'] ?? '') === 'Futár', $order);

call('POST', $upload, document(['57' => ['company' => 'Próba & Társa Kft.', 'first' => 'Éva', 'last' => 'Kovács', 'orders' => [1001 => 'Failed', 1002 => 'Completed']]]), 'application/json');
for ($i = 0; $i < 100; $i++) {
    [, $failed] = call('GET', '/Api/Order/List?StatusGroup=Failed');
    if ($failed['Count'] > 0) break;
    usleep(50000);
}
[, $again] = call('GET', '/Api/Order/List');
check('the same ids change what is there', $failed['Count'] === 1 && $again['Count'] === 3 && card(57)['Id'] === $card['Id'], [$failed, $again['Count']]);
exit($bad);
