-- name: head
SELECT count, entry_hash FROM audit_heads WHERE community = :community;

-- name: set_head
INSERT INTO audit_heads (community, count, entry_hash) VALUES (:community, :count, :entry_hash)
ON CONFLICT DO UPDATE SET count = excluded.count, entry_hash = excluded.entry_hash;

-- name: insert_entry
INSERT INTO audit_entries
  (community, sequence, code, at, case_number, decision, details_hash, previous_hash, entry_hash)
VALUES
  (:community, :sequence, :code, :at, :case_number, :decision, :details_hash, :previous_hash, :entry_hash);

-- name: insert_details
INSERT INTO audit_details (community, sequence, salt, details) VALUES (:community, :sequence, :salt, :details);

-- name: entries
SELECT e.sequence, e.code, e.at, e.case_number, e.decision, e.details_hash, e.previous_hash, e.entry_hash,
       d.details, d.salt
FROM audit_entries AS e LEFT JOIN audit_details AS d USING (community, sequence)
WHERE e.community = :community
ORDER BY e.sequence DESC
LIMIT :limit;

-- name: communities
SELECT community FROM audit_heads ORDER BY community;
