-- An UPDATE that changes nothing holds the budget's row until the end of the
-- transaction, on both databases, so two processes never count the same free call.

-- name: HoldBudget :exec
INSERT INTO budgets (scope, created) VALUES (@scope, @now)
ON CONFLICT (scope) DO UPDATE SET created = budgets.created;

-- name: ForgetCalls :exec
DELETE FROM calls WHERE scope = @scope AND at <= @before;

-- name: PullBackCalls :exec
UPDATE calls SET at = @now WHERE scope = @scope AND at > @ahead;

-- name: CallsSince :many
SELECT at, weight FROM calls WHERE scope = @scope AND at > @since ORDER BY at;

-- name: CountCalls :one
SELECT CAST(COALESCE(SUM(weight), 0) AS BIGINT) AS number FROM calls WHERE scope = @scope AND at > @since;

-- name: AddCall :exec
INSERT INTO calls (id, scope, at, weight) VALUES (@id, @scope, @at, 1);
