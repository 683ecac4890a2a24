-- An order that no list of MiniCRM shows is unlisted, and due when its card is looked
-- for. The version in the guard is the one that was looked for.

-- name: ConfirmUnlisted :execrows
UPDATE duties SET state = 'confirmed', code = @code, field = @field, reason = @reason, due = @now, updated = @now, sought = 0, looks = 0,
    differs = @differs, changed = @changed,
    crm_id = CASE WHEN CAST(@crm_id AS BIGINT) = 0 THEN crm_id ELSE CAST(@crm_id AS BIGINT) END,
    crm_card = CASE WHEN CAST(@crm_card AS BIGINT) = 0 THEN crm_card ELSE CAST(@crm_card AS BIGINT) END
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'unlisted' AND shown = @version;

-- What was given up since it is not there goes as if for the first time when it changes.

-- name: WaitUnlisted :execrows
UPDATE duties SET due = @due, code = @code, field = @field, reason = @reason,
    shown = CASE WHEN CAST(@anew AS BOOLEAN) THEN 0 ELSE shown END,
    written = CASE WHEN CAST(@anew AS BOOLEAN) THEN '' ELSE written END,
    looks = CASE WHEN sought = shown THEN looks + 1 ELSE 1 END, sought = shown
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'unlisted' AND shown = @version;

-- Everything is written again; what is not there at all goes as if for the first time.

-- name: OweUnlisted :execrows
UPDATE duties SET state = 'owed', due = @now, rounds = 0, code = @code, field = '', reason = @reason, updated = @now, written = '',
    looks = CASE WHEN sought = shown THEN looks + 1 ELSE 1 END, sought = shown,
    shown = CASE WHEN CAST(@anew AS BOOLEAN) THEN 0 ELSE shown END,
    crm_id = CASE WHEN CAST(@anew AS BOOLEAN) THEN 0 ELSE crm_id END,
    crm_card = CASE WHEN CAST(@anew AS BOOLEAN) THEN 0 ELSE crm_card END
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'unlisted' AND shown = @version;

-- name: SeekAnew :execrows
UPDATE duties SET due = @now, sought = 0, looks = 0
WHERE connection = @connection AND kind = 'order' AND state = 'unlisted' AND due >= CAST(@never AS BIGINT);
