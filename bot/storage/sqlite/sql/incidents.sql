-- name: form
INSERT INTO incidents (id, community, kind, state, formed_at, policy, category)
VALUES (:incident, :community, :kind, :state, :formed_at, :policy, :category)
ON CONFLICT DO UPDATE SET state = excluded.state, policy = excluded.policy, category = excluded.category;

-- name: join
INSERT INTO incident_members
  (incident, community, channel, message, kind, discriminator, author, joined_at, sent_at, standing, spared, policy,
   category)
VALUES
  (:incident, :community, :channel, :message, :kind, :discriminator, :author, :joined_at, :sent_at, :standing, :spared,
   :policy, :category)
ON CONFLICT DO UPDATE SET
  incident = excluded.incident, kind = excluded.kind, discriminator = excluded.discriminator,
  standing = excluded.standing, spared = excluded.spared, policy = excluded.policy, category = excluded.category;

-- name: leave
DELETE FROM incident_members WHERE community = :community AND channel = :channel AND message = :message;

-- name: give_case
UPDATE incidents SET case_id = :case_id WHERE id = :incident AND case_id IS NULL;

-- name: members
SELECT incident, community, channel, message, kind, discriminator, author, joined_at, sent_at, standing, spared, policy,
       category
FROM incident_members WHERE incident = :incident ORDER BY seq;

-- name: incident
SELECT i.id, i.community, i.kind, i.state, i.formed_at, i.policy, i.category, c.number
FROM incidents AS i LEFT JOIN cases AS c ON c.id = i.case_id
WHERE i.id = :incident;

-- name: since
SELECT i.id, i.community, i.kind, i.state, i.formed_at, i.policy, i.category, c.number
FROM incidents AS i LEFT JOIN cases AS c ON c.id = i.case_id
WHERE i.state <> 'dissolved'
  AND EXISTS (SELECT 1 FROM incident_members AS m
              WHERE m.incident = i.id AND (m.sent_at >= :moment OR m.standing IN ('held', 'asked')))
ORDER BY i.formed_at, i.id;

-- name: of_case
SELECT i.id, i.community, i.kind, i.state, i.formed_at, i.policy, i.category, c.number
FROM incidents AS i JOIN cases AS c ON c.id = i.case_id
WHERE c.community = :community AND c.number = :number
ORDER BY i.formed_at, i.id;
