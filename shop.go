package punte

// Shop is what a shop tells of itself and of the firm behind it, as it printed it.
type Shop struct {
	Name    string
	Website string
	Email   string
	Phone   string

	Firm               string
	TaxNumber          string
	EUTaxNumber        string
	RegistrationNumber string
	Address            Address
}
