-- One row for each mail that was asked for. Holds neither addresses nor texts nor codes.
create table deliveries (
    id           uuid        primary key,
    key          uuid        not null unique,   -- the caller's: the same one never makes a second mail
    template     text        not null
                 check (template in ('verify_email', 'account_exists', 'story', 'security_notice')),
    subject_id   uuid        not null,          -- the flow, user or story that the mail is about
    message_id   text        not null,          -- without angle brackets; the same at every try
    recipient    text,                          -- masked; known since the first try
    status       text        not null default 'queued'
                 check (status in ('queued', 'sending', 'sent', 'failed')),
    fence        bigint,                        -- the claim that began to send it last
    attempts     integer     not null default 0,
    accepted_at  timestamptz not null default now(),
    sent_at      timestamptz,
    check ((status = 'sent') = (sent_at is not null))
) with (fillfactor = 80);

create index deliveries_story on deliveries (subject_id, id) where template = 'story';
