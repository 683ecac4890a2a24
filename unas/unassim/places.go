package unassim

import (
	"fmt"
	"strconv"
)

// town is a place with a postal code and its county.
type town struct{ zip, city, county string }

var (
	hungarianTowns = []town{
		{"1134", "Budapest", ""},
		{"1052", "Budapest", ""},
		{"1117", "Budapest", ""},
		{"1148", "Budapest", ""},
		{"1238", "Budapest", ""},
		{"6720", "Szeged", "Csongrád-Csanád"},
		{"7621", "Pécs", "Baranya"},
		{"9021", "Győr", "Győr-Moson-Sopron"},
		{"4400", "Nyíregyháza", "Szabolcs-Szatmár-Bereg"},
		{"4024", "Debrecen", "Hajdú-Bihar"},
		{"8200", "Veszprém", "Veszprém"},
		{"5900", "Orosháza", "Békés"},
		{"3525", "Miskolc", "Borsod-Abaúj-Zemplén"},
		{"9200", "Mosonmagyaróvár", "Győr-Moson-Sopron"},
		{"2040", "Budaörs", "Pest"},
		{"2100", "Gödöllő", "Pest"},
		{"5000", "Szolnok", "Jász-Nagykun-Szolnok"},
		{"8900", "Zalaegerszeg", "Zala"},
		{"6065", "Lakitelek", "Bács-Kiskun"},
		{"3346", "Bélapátfalva", "Heves"},
	}
	romanianTowns = []town{
		{"010011", "București", "București"},
		{"020331", "București", "București"},
		{"040128", "București", "București"},
		{"400001", "Cluj-Napoca", "Cluj"},
		{"540015", "Târgu Mureș", "Mureș"},
		{"700032", "Iași", "Iași"},
		{"300006", "Timișoara", "Timiș"},
		{"600010", "Bacău", "Bacău"},
		{"440010", "Satu Mare", "Satu Mare"},
		{"110002", "Pitești", "Argeș"},
		{"530110", "Miercurea Ciuc", "Harghita"},
		{"900002", "Constanța", "Constanța"},
		{"500007", "Brașov", "Brașov"},
		{"410001", "Oradea", "Bihor"},
		{"535600", "Odorheiu Secuiesc", "Harghita"},
		{"527166", "Sfântu Gheorghe", "Covasna"},
	}
	hungarianStreets = []string{
		"Gyümölcsös", "Kőrösi", "Tűzkő", "Hársfa", "Szőlő", "Erdősor", "Fűzfa", "Malomárok", "Petőfi Sándor", "Kossuth Lajos", "Rákóczi",
		"Ady Endre", "Dózsa György", "Széchenyi István", "Arany János", "Béke", "Jókai Mór",
	}
	hungarianWays   = []string{"utca", "utca", "utca", "utca", "u.", "u.", "út", "út", "tér", "köz", "sor", "fasor", "dűlő", "sétány"}
	romanianStreets = []string{
		"Făgetului", "Țesătorilor", "Șoimilor", "Grădinilor", "Pârâului", "Brâncușilor", "Măceșului", "Mihai Eminescu", "Avram Iancu",
		"1 Decembrie 1918", "Nicolae Bălcescu", "Ștefan cel Mare", "Libertății", "Independenței",
	}
	romanianWays = []string{"Str.", "Str.", "Str.", "str.", "Strada", "Bd.", "Bulevardul", "Aleea", "Calea", "Intr.", "Șos."}
	communes     = []string{"Sânpaul", "Ciumani", "Râșca", "Vărșag", "Poiana Mărului"}
)

// home is where somebody lives: the whole line, and its parts as far as the shop could tell them apart.
type home struct {
	town
	street           string // the whole line
	name, kind, door string // StreetName, StreetType, StreetNumber
}

// hungarianHome is an address as Hungarians write them: with floor and door, by its lot number, or outside of
// the streets.
func (m *maker) hungarianHome() home {
	h := home{town: hungarianTowns[m.rng.IntN(len(hungarianTowns))]}
	n := strconv.Itoa(1 + m.rng.IntN(140))
	switch dice := m.rng.IntN(100); {
	case dice < 2:
		h.street = fmt.Sprintf("hrsz. 0%d/%d", 100+m.rng.IntN(900), 1+m.rng.IntN(40))
		return h
	case dice < 4:
		h.street = "külterület " + n + "."
		return h
	case dice < 5:
		h.street = "II. körzet, tanya " + n
		return h
	}
	h.name, h.kind = m.pick(hungarianStreets), m.pick(hungarianWays)
	switch dice := m.rng.IntN(100); {
	case dice < 12:
		h.door = n + ". " + strconv.Itoa(1+m.rng.IntN(9)) + ". em. " + strconv.Itoa(1+m.rng.IntN(30))
	case dice < 20:
		h.door = n + ". " + m.pick([]string{"I", "II", "III", "IV"}) + "/" + strconv.Itoa(1+m.rng.IntN(18))
	case dice < 24:
		h.door = n + ". fsz. " + strconv.Itoa(1+m.rng.IntN(6))
	case dice < 32:
		h.door = n + "/" + m.pick([]string{"A", "B", "C"})
	case dice < 36:
		h.door = n + "-" + strconv.Itoa(142+m.rng.IntN(20)) + "."
	case dice < 60:
		h.door = n
	default:
		h.door = n + "."
	}
	h.street = h.name + " " + h.kind + " " + h.door
	return h
}

// romanianHome is an address as Romanians write them: with block, stair, floor and flat, in a sector of
// Bucharest, without a number, or in a village of a commune.
func (m *maker) romanianHome() home {
	h := home{town: romanianTowns[m.rng.IntN(len(romanianTowns))]}
	n := strconv.Itoa(1 + m.rng.IntN(180))
	if m.chance(7) {
		village := m.pick(communes)
		h.city, h.street = village, "sat "+village+", com. "+m.pick(communes)+", nr. "+n
		return h
	}
	h.kind, h.name = m.pick(romanianWays), m.pick(romanianStreets)
	switch dice := m.rng.IntN(100); {
	case dice < 35:
		h.door = fmt.Sprintf("nr. %s, bl. %s%d, sc. %s, et. %d, ap. %d", n, m.pick([]string{"A", "B", "M", "PB"}), 1+m.rng.IntN(40),
			m.pick([]string{"A", "B", "1", "2"}), m.rng.IntN(10), 1+m.rng.IntN(90))
	case dice < 40:
		h.door = "nr. f.n."
	case dice < 70:
		h.door = "nr. " + n
	case dice < 75:
		h.door = n + "A"
	default:
		h.door = n
	}
	h.street = h.kind + " " + h.name + " " + h.door
	if h.city == "București" {
		sector := "Sector " + strconv.Itoa(1+m.rng.IntN(6))
		if m.chance(50) {
			h.street += ", " + sector
		} else {
			h.city = "București, " + sector
		}
	}
	return h
}

// digits is a number in so many digits.
func digits(n, width int) string { return fmt.Sprintf("%0*d", width, n) }

// mobile is a mobile number in one of the shapes people type.
func (m *maker) mobile(country string) string {
	if country == "ro" {
		a, b, c := digits(10+m.rng.IntN(89), 2), digits(m.rng.IntN(1000), 3), digits(m.rng.IntN(1000), 3)
		switch dice := m.rng.IntN(100); {
		case dice < 40:
			return "+407" + a + b + c
		case dice < 70:
			return "07" + a + b + c
		case dice < 78:
			return "00407" + a + b + c
		case dice < 88:
			return "07" + a + " " + b + " " + c
		case dice < 94:
			return "07" + a + "." + b + "." + c
		}
		return "+40 7" + a + "-" + b + "-" + c
	}
	net, a, b := m.pick([]string{"20", "30", "70", "31", "50"}), digits(100+m.rng.IntN(899), 3), digits(m.rng.IntN(10000), 4)
	switch dice := m.rng.IntN(100); {
	case dice < 40:
		return "+36" + net + a + b
	case dice < 55:
		return "+36 " + net + " " + a + " " + b
	case dice < 72:
		return "06" + net + a + b
	case dice < 84:
		return "06-" + net + "/" + a + "-" + b
	case dice < 90:
		return "0036" + net + a + b
	case dice < 95:
		return net + "/" + a + b
	}
	return "06 " + net + " " + a + " " + b
}

// landline is a fixed number, now and then with a second number beside it in the same field.
func (m *maker) landline(country string) string {
	number := "+3662" + digits(m.rng.IntN(1000000), 6)
	switch {
	case country == "ro":
		number = "0264 " + digits(m.rng.IntN(1000000), 6)
	case m.chance(40):
		number = "06-1/" + digits(200+m.rng.IntN(799), 3) + "-" + digits(m.rng.IntN(10000), 4)
	}
	if m.chance(8) {
		number += m.pick([]string{", ", " / ", "; "}) + m.mobile(country)
	}
	return number
}
