-- The registry's role and what its sessions are like, once, as the administrator RDS made; again after a password's rotation:
--   PGOPTIONS="-c registry.password=$PASSWORD" psql --host … --username registry_administrator --dbname registry -f roles.sql
-- Set on the role, since behind PgBouncer a session's own SET would reach whoever gets the connection next.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry') THEN
        CREATE ROLE registry LOGIN;
        GRANT registry TO CURRENT_USER;
    END IF;
    EXECUTE format('ALTER ROLE registry PASSWORD %L', current_setting('registry.password'));
END
$$;
ALTER DATABASE registry OWNER TO registry; -- so that migrations may add the (trusted) extensions they need
ALTER ROLE registry SET timezone = 'UTC';
ALTER ROLE registry SET statement_timeout = '60s';
ALTER ROLE registry SET lock_timeout = '10s';
ALTER ROLE registry SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE registry SET client_connection_check_interval = '2s'; -- whoever was killed while waiting holds no lock on
REVOKE ALL ON DATABASE registry FROM PUBLIC;
