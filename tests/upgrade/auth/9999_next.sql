-- A column with a default: the version before neither reads nor writes it.
alter table auth_sessions add column next_note text not null default '';
