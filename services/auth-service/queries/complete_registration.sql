update registrations set used_at = $2
where id = $1 and nonce = $3 and account_id is null
  and used_at is null and locked_at is null and expires_at > $2
returning email_canonical, email_display, password_hash, display_name, locale
