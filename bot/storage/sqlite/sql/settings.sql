-- name: load
SELECT body FROM settings WHERE community = :community;

-- name: save
INSERT INTO settings (community, body) VALUES (:community, :body)
ON CONFLICT DO UPDATE SET body = excluded.body;

-- name: communities
SELECT community FROM settings ORDER BY community;

-- name: save_upload
INSERT INTO uploaded_policies (community, policy, name, body) VALUES (:community, :policy, :name, :body)
ON CONFLICT DO UPDATE SET name = excluded.name, body = excluded.body;

-- name: uploads
SELECT community, policy, name, body FROM uploaded_policies ORDER BY community, policy;
