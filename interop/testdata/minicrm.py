"""The CRM as a Python script sees it: answers unpacked into fixed sets of names, a feed served for MiniCRM to fetch."""
import base64, http.server, json, os, sys, threading, time, urllib.error, urllib.parse, urllib.request
from dataclasses import dataclass

bad = 0
SYSTEM, KEY, URL = os.environ["MINICRM_SYSTEM"], os.environ["MINICRM_KEY"], os.environ["MINICRM_URL"]


def check(name, good, seen=""):
    global bad
    print(f"ok {name}" if good else f"FAIL {name}: {str(seen)[:600]}")
    bad |= not good


def call(method, path, body=None):
    headers = {"Authorization": "Basic " + base64.b64encode(f"{SYSTEM}:{KEY}".encode()).decode()}
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = ""  # some clients send none
    request = urllib.request.Request(URL + "/Api/" + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def fits(kind, answer):
    try:
        return bool(kind(**answer))
    except TypeError as error:
        check(f"{kind.__name__} has its names and no other", False, f"{error} in {answer}")
        return False


@dataclass
class CardRow:
    Id: int; Name: str; Url: str; ContactId: int; StatusId: int; UserId: int; Deleted: int


@dataclass
class TaskRow:
    Id: int; Status: str; Comment: str; Deadline: str; UserId: int; Type: str; Url: str


@dataclass
class Task:
    Id: int; UserId: str; ContactId: int; ProjectId: int; Type: str; Duration: int; Reminder: int; Status: str; Mode: str; Deadline: str; Comment: str
    CreatedBy: str; CreatedAt: str; UpdatedBy: str; UpdatedAt: str; ClosedBy: str; ClosedAt: str; AddressId: int; SenderUserId: int
    Attachments: list; Members: list; Notes: list


@dataclass
class Address:
    Id: int; ContactId: int; Type: str; Name: str; CountryId: str; PostalCode: str; City: str; County: str; Address: str; Default: int
    CreatedBy: str; CreatedAt: str; UpdatedBy: str; UpdatedAt: str


modules = call("GET", "R3/Category")[1]
sales = next(k for k in modules if k not in ("4", "5"))
schema = call("GET", "R3/Schema/Project/" + sales)[1]
statuses = {name: int(key) for key, name in schema["StatusId"].items()}
users = {name: int(key) for key, name in schema["UserId"].items()}
first, second = list(statuses)[:2]
user = list(users)[0]
person = call("PUT", "R3/Contact/", {"Type": "Person", "FirstName": "Áron", "Phone": "+36 30 111 2222"})[1]["Id"]

made = [call("PUT", "R3/Project/", {"CategoryId": int(sales), "ContactId": person, "StatusId": first if n % 2 else statuses[first],
                                    "UserId": user, "Name": f"Kártya {n}"}) for n in range(103)]
check("cards by label and by id", all(code == 200 and list(body) == ["Id"] for code, body in made), made[:2])
pages = [call("GET", f"R3/Project?CategoryId={sales}&StatusId={statuses[first]}&Page={n}")[1] for n in range(3)]
check("a hundred a page, all counted", [len(p["Results"]) for p in pages] == [100, 3, 0] and {p["Count"] for p in pages} == {103}, [p["Count"] for p in pages])
rows = list(pages[0]["Results"].values())
check("rows of cards", all(fits(CardRow, row) for row in rows[:3]) and rows[0]["StatusId"] == statuses[first] and rows[0]["UserId"] == users[user], rows[0])
card = made[0][1]["Id"]
detail = call("GET", f"R3/Project/{card}")[1]
check("a card in detail speaks in labels", (detail["StatusId"], detail["UserId"]) == (first, user), detail)
call("PUT", f"R3/Project/{card}", {"StatusId": statuses[second]})
check("a status by id comes back as its label", call("GET", f"R3/Project/{card}")[1]["StatusId"] == second)
check("an unknown label", call("PUT", f"R3/Project/{card}", {"StatusId": "no such"})[0] == 400)
check("an unknown owner is somebody else's", call("PUT", f"R3/Project/{card}", {"UserId": "no such"})[0] == 200)
check("names with accents and blanks are found", card in [r["Id"] for r in call("GET", "R3/Project?" + urllib.parse.urlencode({"Name": "Kártya 0"}))[1]["Results"].values()])

query = urllib.parse.urlencode({"ProjectId": card, "UserId": users[user], "Type": "", "Comment": "Hívd fel", "Deadline": "2031-12-01 10:00:00"})
code, task = call("PUT", "R3/ToDo/?" + query)
check("a task by query alone", code == 200, task)
code, task = call("PUT", "R3/ToDo/", {"ProjectId": card, "Status": "Open", "Comment": "- tanár", "Deadline": "2031-01-20 12:00:00", "UserId": ""})
check("a task of nobody", code == 200, task)
tasks = call("GET", f"R3/ToDoList/{card}")[1]
check("a list of tasks is an array", isinstance(tasks["Results"], list) and tasks["Count"] == 2, tasks)
check("rows of tasks", all([fits(TaskRow, row) for row in tasks["Results"]]) and tasks["Results"][0]["UserId"] == users[user], tasks)
check("a task in detail", fits(Task, call("GET", f"R3/ToDo/{tasks['Results'][0]['Id']}")[1]))

code, address = call("PUT", "R3/Address", {"ContactId": person, "Type": "Számlázási cím", "Name": "Otthon", "CountryId": "Magyarország", "PostalCode": "1011",
                                           "City": "Budapest", "Address": "Fő utca 1.", "Default": 1})
check("an address", code == 200 and fits(Address, call("GET", f"R3/Address/{address['Id']}")[1]), address)
check("addresses by id", list(call("GET", f"R3/AddressList/{person}")[1]["Results"]) == [str(address["Id"])])

feed = f"""<?xml version="1.0" encoding="UTF-8"?>
<Projects><Project Id="801"><StatusId>{call("GET", "R3/Schema/Project/5")[1]["StatusId"] and list(call("GET", "R3/Schema/Project/5")[1]["StatusId"])[1]}</StatusId>
<Name><![CDATA[Bolt & Fia]]></Name><ContactId>{person}</ContactId><UserId>{users[user]}</UserId><CategoryId>5</CategoryId>
<Orders><Order Id="802"><Number>R-1</Number><CurrencyCode>HUF</CurrencyCode><!-- a date, required --><Performance>2031-09-22 12:15:13</Performance><Status>Draft</Status>
<Customer><Name>Á</Name><CountryId>Magyarország</CountryId><PostalCode>1011</PostalCode><City>Budapest</City><Address>Fő utca 1.</Address></Customer>
<Products><Product Id="1"><Name>Ablak</Name><PriceNet>1000.5</PriceNet><Quantity>2.0000</Quantity><Unit>darab</Unit><VAT>27%</VAT><FolderName>Bolt</FolderName></Product></Products>
<Project><ShippingMethod><![CDATA[Posta]]></ShippingMethod></Project></Order></Orders></Project></Projects>""".encode()


class Source(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.end_headers()
        self.wfile.write(feed)

    def log_message(self, *_):
        pass


source = http.server.HTTPServer(("127.0.0.1", 0), Source)
threading.Thread(target=source.serve_forever, daemon=True).start()
where = urllib.parse.quote(f"http://127.0.0.1:{source.server_port}/feed.xml?secret=0123", safe="")
code, answer = call("GET", f"SyncFeed/{SYSTEM}?Source={where}")
check("a source is fetched", code == 200, answer)
until = time.monotonic() + 10
while time.monotonic() < until:
    code, card = call("GET", "R3/Project?ReferenceId=801")
    if code == 200 and card.get("Id"):
        break
    time.sleep(0.05)
check("a card by its reference", code == 200 and card["Name"] == "Bolt & Fia" and card["ContactId"] == person, card)
orders = call("GET", "R3/Project?CategoryId=4")[1]["Results"]
order = call("GET", "R3/Project/" + next(iter(orders)))[1]
check("the order has a card of its own", order["ShippingMethod"] == "Posta", order)
check("a draft is not listed", call("GET", "Order/List")[1]["Count"] == 0)
check("a draft can't be completed", call("POST", "Order/1/Complete", {})[0] == 405)
steps = [call("POST", f"Order/1/{step}", {})[0] for step in ("Finalize", "Edit", "Finalize", "Complete", "Paid", "Storno", "Paid")]
check("an order's way", steps == [200] * 7, steps)
check("an order's end", [r["StatusGroup"] for r in call("GET", "Order/List")[1]["Results"].values()] == ["Success"])
source.shutdown()
sys.exit(bad)
