package minicrm_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"punte/minicrm"
)

func TestASetIsGuessedFromThreeBitsOn(t *testing.T) {
	tests := []struct {
		name, options string
		typ           string
		maybe         bool
	}{
		{"Szin", `{"1":"a","2":"b","4":"c"}`, minicrm.TypeSet, true},
		{"Szin", `{"4":"c","1":"a","34359738368":"z"}`, minicrm.TypeSet, true},
		{"Szin", `{"1":"a","2":"b"}`, minicrm.TypeEnum, true},
		{"Szin", `{"8":"a"}`, minicrm.TypeEnum, true},
		{"Szin", `{"1":"a","2":"b","3":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{"1507":"a","1508":"b","1509":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{"0":"a","1":"b","2":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{"-2":"a","1":"b","2":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{"-9223372036854775808":"a","1":"b","2":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{"1":"a","2":"b","2":"c"}`, minicrm.TypeEnum, false},
		{"Szin", `{}`, minicrm.TypeEnum, false},
		{"Szin", `["a","b","c"]`, minicrm.TypeEnum, false},
		{"Enum1221", `{"1":"a","2":"b","4":"c"}`, minicrm.TypeEnum, false},
		{"StatusId", `{"1":"a","2":"b","4":"c"}`, minicrm.TypeEnum, false},
		{"CreatedBy", `{"64":"a","128":"b","256":"c"}`, minicrm.TypeEnum, false},
	}
	for _, tt := range tests {
		_, client := system(t, says(200, `{"`+tt.name+`":`+tt.options+`}`))
		s, err := client.ProjectSchema(t.Context(), 31)
		f, ok := s.Field(tt.name)
		if err != nil || !ok || f.Type != tt.typ || f.MaybeSet != tt.maybe {
			t.Errorf("the field %s of %s = %q, maybe a set %v, %v; want %q, %v", tt.name, tt.options, f.Type, f.MaybeSet, err, tt.typ, tt.maybe)
		}
	}
}

func TestPersonsAndBusinessesHaveSchemas(t *testing.T) {
	s, client := system(t, says(200, `{"Id":"Int","Email":"Text(128)","Deleted":"Boolean","Kep":"File(2GB)","Csatolt":"File(5XB)","Suly":"Float"}`))
	person, err := client.PersonSchema(t.Context())
	if f, ok := person.Field("Email"); err != nil || !ok || f.Length != 128 || f.Type != minicrm.TypeText {
		t.Errorf("PersonSchema() = %+v, %v; want an Email of 128 characters", person, err)
	}
	business, err := client.BusinessSchema(t.Context())
	if f, ok := business.Field("Kep"); err != nil || !ok || f.MaxSize != 2<<30 || f.Length != 0 || f.Type != minicrm.TypeFile {
		t.Errorf("BusinessSchema() = %+v, %v; want a file of 2 GiB", business, err)
	}
	if f, _ := business.Field("Csatolt"); f.MaxSize != 0 || f.Type != minicrm.TypeFile {
		t.Errorf("a file of an unknown unit = %+v; want a file whose size is not told", f)
	}
	if asked := s.asked(); !slices.Equal(asked, []string{"GET /Api/R3/Schema/Person", "GET /Api/R3/Schema/Business"}) {
		t.Errorf("asked %q", asked)
	}
}

var (
	enum = minicrm.Field{Name: "Allapot", Type: minicrm.TypeEnum, Options: []minicrm.Option{{771, "Új"}, {774, "771"}, {7, "a, b"}}}
	set  = minicrm.Field{Name: "Cimkek", Type: minicrm.TypeSet, MaybeSet: true, Options: []minicrm.Option{{1, "piros"}, {2, "kék"}, {4, "kék, zöld"}, {8, "zöld"}}}
)

func TestChoicesAreWrittenByIDOrLabel(t *testing.T) {
	tests := []struct {
		field   minicrm.Field
		choices []string
		want    string
		ok      bool
	}{
		{enum, nil, "", true},
		{enum, []string{"Új"}, "771", true},
		{enum, []string{"774"}, "774", true},
		{enum, []string{"771"}, "771", true}, // the id counts before the label
		{enum, []string{"a, b"}, "7", true},
		{enum, []string{"Új", "Új"}, "771", true},
		{enum, []string{"Új", "774"}, "", false},
		{enum, []string{"új"}, "", false},
		{enum, []string{""}, "", false},
		{set, []string{"piros"}, "1", true},
		{set, []string{"zöld", "1"}, "zöld, piros", true},
		{set, []string{"1", "kék, zöld"}, "5", true},
		{set, []string{"piros", "fehér"}, "", false},
		{minicrm.Field{Name: "Szoveg", Type: minicrm.TypeText}, []string{"x"}, "", false},
	}
	for _, tt := range tests {
		if got, err := tt.field.Value(tt.choices...); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s.Value(%q) = %q, %v; want %q, ok = %v", tt.field.Name, tt.choices, got, err, tt.want, tt.ok)
		}
	}
}

func TestChoicesAreReadAsTheCardShowsThem(t *testing.T) {
	tests := []struct {
		field minicrm.Field
		text  string
		want  []int64
		ok    bool
	}{
		{enum, "", nil, true},
		{enum, "Új", []int64{771}, true},
		{enum, "771", []int64{774}, true}, // a card shows labels
		{enum, "7", []int64{7}, true},
		{enum, "a, b", []int64{7}, true},
		{enum, "Új, 771", nil, false},
		{enum, "új", nil, false},
		{set, "piros, zöld", []int64{1, 8}, true},
		{set, "kék, zöld", []int64{4}, true},
		{set, "piros, kék, zöld", []int64{1, 2, 8}, true}, // or piros and "kék, zöld": nobody can tell
		{set, "11", []int64{1, 2, 8}, true},
		{set, "16", nil, false},
		{set, "-1", nil, false},
		{set, "piros, ", nil, false},
		{set, "piros,zöld", nil, false},
		{set, "fehér", nil, false},
	}
	for _, tt := range tests {
		got, ok := tt.field.Choices(tt.text)
		var ids []int64
		for _, o := range got {
			ids = append(ids, o.ID)
		}
		if ok != tt.ok || ok && !slices.Equal(ids, tt.want) {
			t.Errorf("%s.Choices(%q) = %v, %v; want %v, %v", tt.field.Name, tt.text, ids, ok, tt.want, tt.ok)
		}
	}
}

func TestWhatAValueWritesChoicesReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}`), 3, 8, rapid.ID).Draw(t, "labels")
		f := minicrm.Field{Name: "X", Type: minicrm.TypeSet, MaybeSet: true}
		for i, label := range labels {
			f.Options = append(f.Options, minicrm.Option{ID: 1 << i, Label: label})
		}
		chosen := rapid.SliceOfDistinct(rapid.SampledFrom(labels), rapid.ID).Draw(t, "chosen")
		text, err := f.Value(chosen...)
		if err != nil {
			t.Fatalf("Value(%q) = %v", chosen, err)
		}
		read, ok := f.Choices(text)
		var got []string
		for _, o := range read {
			got = append(got, o.Label)
		}
		if !ok || strings.Join(got, "|") != strings.Join(chosen, "|") {
			t.Fatalf("Choices(%q) = %q, %v; want %q", text, got, ok, chosen)
		}
	})
}
