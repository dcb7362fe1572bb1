-- Makes what one service needs in the database that this runs in: a role that owns its schema and
-- migrates it, a role that works in it, the schema, and the grants. What is there stays; passwords
-- become what is given. Safe to repeat, and to run for several services at once.
--
-- Runs in a transaction that has set storyloom.schema, storyloom.owner, storyloom.owner_password,
-- storyloom.role and storyloom.role_password. An empty password leaves the role's as it is.
do $bootstrap$
declare
    home constant text := current_setting('storyloom.schema');
    owner constant text := current_setting('storyloom.owner');
    worker constant text := current_setting('storyloom.role');
    login record;
begin
    -- Grants on the database change a row that all services share.
    perform pg_advisory_xact_lock(hashtext('storyloom.bootstrap'));

    if not (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) then
        raise exception 'role % may not make roles: it needs CREATEROLE', current_user;
    end if;
    for login in
        select * from (values
            (owner, current_setting('storyloom.owner_password')),
            (worker, current_setting('storyloom.role_password'))
        ) as logins (name, password)
    loop
        if login.name = current_user
            or exists (select from pg_roles where rolname = login.name and rolsuper) then
            raise exception 'role % is an administrator, not a role for a service', login.name;
        end if;
        if not exists (select from pg_roles where rolname = login.name) then
            execute format('create role %I', login.name);
        end if;
        execute format('alter role %I login', login.name);
        if login.password <> '' then
            execute format('alter role %I password %L', login.name, login.password);
        end if;
        execute format('alter role %I in database %I set search_path = %I',
            login.name, current_database(), home);
        execute format('grant connect on database %I to %I', current_database(), login.name);
    end loop;

    -- Whoever is no superuser acts for the owner as its member.
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant %I to %I', owner, current_user);
    end if;
    execute format('create schema if not exists %I authorization %I', home, owner);
    -- `create schema if not exists`, which every migration begins with, asks for this even where
    -- the schema is there.
    execute format('grant create on database %I to %I', current_database(), owner);

    execute format('grant usage on schema %I to %I', home, worker);
    execute format('grant select, insert, update, delete on all tables in schema %I to %I',
        home, worker);
    execute format('grant usage, select on all sequences in schema %I to %I', home, worker);
    execute format('alter default privileges for role %I in schema %I '
        'grant select, insert, update, delete on tables to %I', owner, home, worker);
    execute format('alter default privileges for role %I in schema %I '
        'grant usage, select on sequences to %I', owner, home, worker);

    -- PostgreSQL 14 lets everybody make tables there.
    if exists (select from pg_namespace
        where nspname = 'public' and pg_has_role(nspowner, 'usage')) then
        revoke create on schema public from public;
    end if;
end
$bootstrap$;
