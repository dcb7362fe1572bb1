insert into registrations
    (id, email_canonical, email_display, password_hash, display_name, locale, nonce,
     account_id, created_at, mailed_at, expires_at)
values
    ($1, $2, $3, $4, $5, $6, $7,
     (select id from users where email_canonical = $2), $8, $8, $9)
returning account_id
