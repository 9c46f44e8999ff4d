-- name: load
SELECT body FROM settings WHERE community = :community;

-- name: save
INSERT INTO settings (community, body) VALUES (:community, :body)
ON CONFLICT DO UPDATE SET body = excluded.body;

-- name: communities
SELECT community FROM settings ORDER BY community;
