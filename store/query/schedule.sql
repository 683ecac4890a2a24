-- name: MoveCursor :exec
INSERT INTO cursors (connection, kind, at) VALUES (@connection, @kind, @at)
ON CONFLICT (connection, kind) DO UPDATE SET at = excluded.at WHERE excluded.at > cursors.at;

-- name: SetCursor :exec
INSERT INTO cursors (connection, kind, at) VALUES (@connection, @kind, @at)
ON CONFLICT (connection, kind) DO UPDATE SET at = excluded.at;

-- name: Cursor :one
SELECT at FROM cursors WHERE connection = @connection AND kind = @kind;

-- name: Cursors :many
SELECT kind, at FROM cursors WHERE connection = @connection;

-- name: AddSchedule :exec
INSERT INTO schedules (connection, due, dirty) VALUES (@connection, @due, false) ON CONFLICT (connection) DO NOTHING;

-- name: SetSchedule :exec
INSERT INTO schedules (connection, due, dirty) VALUES (@connection, @due, false)
ON CONFLICT (connection) DO UPDATE SET due = excluded.due;

-- name: Hint :exec
INSERT INTO schedules (connection, due, dirty) VALUES (@connection, @due, true)
ON CONFLICT (connection) DO UPDATE SET due = excluded.due, dirty = true;

-- name: BeginSlice :exec
UPDATE schedules SET dirty = false WHERE connection = @connection;

-- name: EndSlice :exec
UPDATE schedules SET due = CASE WHEN dirty THEN CAST(@now AS BIGINT) ELSE CAST(@due AS BIGINT) END WHERE connection = @connection;

-- name: DueConnections :many
SELECT schedules.connection FROM schedules
JOIN connections ON connections.id = schedules.connection
WHERE schedules.due <= @now AND connections.state = 'active' ORDER BY schedules.due, schedules.connection;

-- name: NextAfter :one
SELECT schedules.due FROM schedules
JOIN connections ON connections.id = schedules.connection
WHERE schedules.due > @now AND connections.state = 'active' ORDER BY schedules.due LIMIT 1;

-- name: SaveRun :exec
INSERT INTO runs (id, connection, kind, started, until, ended, report)
VALUES (@id, @connection, @kind, @started, @until, @ended, @report)
ON CONFLICT (id) DO UPDATE SET until = excluded.until, ended = excluded.ended, report = excluded.report;

-- name: LastRun :one
SELECT * FROM runs WHERE connection = @connection AND kind = @kind ORDER BY started DESC, id DESC LIMIT 1;

-- name: Runs :many
SELECT * FROM runs WHERE connection = @connection ORDER BY started DESC, id DESC LIMIT @rows;
