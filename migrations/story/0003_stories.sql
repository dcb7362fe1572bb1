-- Stories, from the wish to the mail. `request` is the wish with nothing left open.
create table stories (
    id              uuid        primary key,
    owner_id        uuid        not null,
    status          text        not null default 'queued'
                    check (status in ('queued', 'generating', 'ready', 'delivered', 'failed', 'cancelled')),
    request         jsonb       not null,
    deliver         boolean     not null,
    title           text,
    teaser          text,
    scenes          jsonb,                          -- a list of scenes, each a list of paragraphs
    word_count      integer,
    reading_grade   real,
    writer          text,
    plan            text,
    grammar_version text,
    row_version     integer     not null default 1,
    created_at      timestamptz not null default now(),
    ready_at        timestamptz,
    delivered_at    timestamptz,
    mail_failed     boolean     not null default false,
    error_code      text,
    constraint stories_written check (
        status not in ('ready', 'delivered')
        or (title is not null and teaser is not null and scenes is not null and word_count is not null
            and reading_grade is not null and writer is not null and ready_at is not null)
    )
);

create index stories_of_owner on stories (owner_id, created_at desc, id desc);

-- Which stories their readers deleted, so that doing it again is no error.
create table deleted_stories (
    id         uuid        primary key,
    owner_id   uuid        not null,
    deleted_at timestamptz not null default now()
);
