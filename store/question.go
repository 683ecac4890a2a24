package store

import (
	"context"
	"time"

	"punte/store/db"
)

// Kinds of questions.
const (
	QuestionOrder    = "order"    // Key is the order's number in the shop
	QuestionCustomer = "customer" // Key is the customer's id in the shop
)

// ReasonHook is the reason of a question that a webhook raised: somebody waits for what
// it finds out.
const ReasonHook = "hook"

// Question is what a single call to the shop is to find out.
type Question struct {
	Kind    string
	Key     string
	Reason  string    // a word, such as hook or missing
	Due     time.Time // not before
	Created time.Time
	Asked   int64 // how often it was wanted
}

// Ask notes questions. One that is open already is not doubled: it takes the newer
// reason and the earlier due time.
func (s *Store) Ask(ctx context.Context, connection string, questions []Question, now time.Time) error {
	return s.write(ctx, "noting questions for the shop of connection "+connection, func(q *db.Queries) error {
		for _, ask := range questions {
			err := q.AddQuestion(ctx, db.AddQuestionParams{
				Connection: connection, Kind: ask.Kind, Key: ask.Key, Reason: ask.Reason,
				Due: millis(ask.Due), Now: millis(now),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Questions returns those that are due, the longest waiting first.
func (s *Store) Questions(ctx context.Context, connection string, now time.Time, limit int) ([]Question, error) {
	found, err := s.read().Questions(ctx, db.QuestionsParams{Connection: connection, Now: millis(now), Rows: rows(limit)})
	return questionsOf(connection, found, err)
}

// Hints is Questions for those that webhooks raised.
func (s *Store) Hints(ctx context.Context, connection string, now time.Time, limit int) ([]Question, error) {
	found, err := s.read().QuestionsFor(ctx, db.QuestionsForParams{Connection: connection, Reason: ReasonHook, Now: millis(now), Rows: rows(limit)})
	return questionsOf(connection, found, err)
}

// OtherQuestions is Questions for those that no webhook raised.
func (s *Store) OtherQuestions(ctx context.Context, connection string, now time.Time, limit int) ([]Question, error) {
	found, err := s.read().QuestionsBeside(ctx, db.QuestionsBesideParams{Connection: connection, Reason: ReasonHook, Now: millis(now), Rows: rows(limit)})
	return questionsOf(connection, found, err)
}

func questionsOf(connection string, found []db.Question, err error) ([]Question, error) {
	if err != nil {
		return nil, failed("reading the questions of connection "+connection, err)
	}
	list := make([]Question, 0, len(found))
	for _, row := range found {
		list = append(list, Question{
			Kind: row.Kind, Key: row.Key, Reason: row.Reason, Due: instant(row.Due), Created: instant(row.Created), Asked: row.Asked,
		})
	}
	return list, nil
}

// Answered removes a question, unless it was wanted once more since it was read.
func (s *Store) Answered(ctx context.Context, connection string, ask Question) error {
	return failed("removing a question of connection "+connection, s.change().DropQuestion(ctx, db.DropQuestionParams{
		Connection: connection, Kind: ask.Kind, Key: ask.Key, Asked: ask.Asked,
	}))
}

// AskLater puts a question off.
func (s *Store) AskLater(ctx context.Context, connection string, ask Question, due time.Time) error {
	return failed("putting off a question of connection "+connection, s.change().DelayQuestion(ctx, db.DelayQuestionParams{
		Connection: connection, Kind: ask.Kind, Key: ask.Key, Due: millis(due),
	}))
}

// Matter is what questions are about and why they are asked.
type Matter struct{ Kind, Reason string }

// Waiting tells how many questions are open, whenever they are due.
func (s *Store) Waiting(ctx context.Context, connection string) (map[Matter]int, error) {
	found, err := s.read().WaitingQuestions(ctx, connection)
	if err != nil {
		return nil, failed("counting the questions of connection "+connection, err)
	}
	waiting := make(map[Matter]int, len(found))
	for _, row := range found {
		waiting[Matter{row.Kind, row.Reason}] = int(row.Number)
	}
	return waiting, nil
}
