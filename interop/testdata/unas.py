"""The shop as a Python script sees it: ElementTree both ways, strict about roots, whole days and pages."""
import os, sys, datetime, urllib.error, urllib.request
import xml.etree.ElementTree as ET

bad = 0


def check(name, good, seen=""):
    global bad
    print(f"ok {name}" if good else f"FAIL {name}: {str(seen)[:600]}")
    bad |= not good


def call(endpoint, fields, token=None, root="Params"):
    top = ET.Element(root)
    for name, value in fields:
        ET.SubElement(top, name).text = str(value)
    headers = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = ET.tostring(top, encoding="UTF-8", xml_declaration=True)
    request = urllib.request.Request(f"{os.environ['UNAS_URL']}/{endpoint}", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, ET.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, ET.fromstring(error.read())


status, login = call("login", [("ApiKey", os.environ["UNAS_KEY"])])
token = login.findtext("Token")
check("login", status == 200 and token and login.findtext("Status") == "ok")
now = datetime.datetime.now().timestamp()
check("a token lives two hours", 7000 < int(login.findtext("ExpireTime")) - now < 7300, login.findtext("ExpireTime"))
check("no shop data unasked", login.find("WebshopInfo") is None)

seen, start = [], 0
while True:
    status, page = call("getCustomer", [("LimitStart", start), ("LimitNum", 100)], token)
    rows = page.findall("Customer")
    seen += rows
    start += 100
    if len(rows) < 100:
        break
ids = [row.findtext("Id") for row in seen]
check("pages of customers give each once", len(ids) > 100 and len(ids) == len(set(ids)), len(ids))
check("each has a name and a mail address", all(r.findtext("Contact/Name") and r.findtext("Email") for r in seen))
check("points are numbers", all(float(r.findtext("PointsAccount/Balance")) >= 0 for r in seen if r.findtext("PointsAccount/Balance")))
one = call("getCustomer", [("Id", ids[0])], token)[1]
check("a customer by id", [r.findtext("Id") for r in one] == [ids[0]])
check("a customer by mail address", ids[0] in [r.findtext("Id") for r in call("getCustomer", [("Email", seen[0].findtext("Email"))], token)[1]])
status, none = call("getCustomer", [("Id", 1)], token)
check("no such customer", status == 200 and none.tag == "Customers" and len(none) == 0, none.tag)
check("no customer changed tomorrow", len(call("getCustomer", [("ModTimeStart", int(now) + 86400)], token)[1]) == 0)

def first_day(n):
    return call("getOrder", [("LimitNum", n)], token)[1].findtext("Order/Date")[:10]

day = first_day(1)
orders = call("getOrder", [("DateStart", day), ("DateEnd", day)], token)[1].findall("Order")
check("one day's orders are of that day", orders and all(o.findtext("Date")[:10] == day for o in orders), day)
prices = [[float(i.findtext(name) or 0) for name in ("PriceNet", "PriceGross")] for o in orders for i in o.findall("Items/Item")]
check("numbers are numbers", all(net <= gross or gross < 0 for net, gross in prices))
check("a rate bears its sign", all(i.findtext("Vat").endswith("%") for o in orders for i in o.findall("Items/Item")))
check("country codes are small letters", all(o.findtext("Customer/Addresses/Invoice/CountryCode").islower() for o in orders))
placed = datetime.datetime.strptime(orders[0].findtext("Date"), "%Y.%m.%d %H:%M:%S")
check("times read as documented", placed.year > 2000)
check("a filter by modification", len(call("getOrder", [("TimeModStart", int(now) + 86400)], token)[1]) == 0)
both = call("getOrder", [("Email", orders[0].findtext("Customer/Email")), ("Key", orders[0].findtext("Key"))], token)[1]
check("filters combine", [o.findtext("Key") for o in both] == [orders[0].findtext("Key")])

status, error = call("getOrder", [], "nobody")
check("a refusal is a document called Error", status == 400 and error.tag == "Error" and error.text, error.tag)
sys.exit(bad)
