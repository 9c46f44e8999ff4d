-- name: load
SELECT body FROM facts WHERE name = :name;

-- name: save
INSERT INTO facts (name, body) VALUES (:name, :body)
ON CONFLICT DO UPDATE SET body = excluded.body;
