-- A column that may be empty, and an index over it.
alter table stories add column next_mood text;
create index stories_by_next_mood on stories (owner_id, next_mood) where next_mood is not null;
