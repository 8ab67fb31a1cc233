-- Whoever somebody is one with is found without a look at everybody; few ways to refer are merged.
CREATE INDEX entities_merged ON entities (user_id, merged_into) WHERE merged_into IS NOT NULL;
