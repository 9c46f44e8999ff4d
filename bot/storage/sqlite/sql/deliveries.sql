-- name: note
INSERT INTO deliveries (community, delivery, at) VALUES (:community, :delivery, :at)
ON CONFLICT DO NOTHING;

-- name: forget
DELETE FROM deliveries WHERE (community, delivery) IN (
  SELECT community, delivery FROM deliveries WHERE at < :before ORDER BY at LIMIT :limit);

-- name: complete_until
SELECT until FROM delivered_until WHERE community = :community;

-- name: set_complete_until
INSERT INTO delivered_until (community, until) VALUES (:community, :until)
ON CONFLICT DO UPDATE SET until = max(until, excluded.until);
