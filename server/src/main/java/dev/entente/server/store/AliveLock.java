package dev.entente.server.store;

/**
 * The keys of the advisory lock that says that the process of an incarnation lives. It is held by a session of that
 * process, and ends with it.
 */
public final class AliveLock {
    /** The first key, so that these locks meet no application's: "ente" in ASCII. */
    public static final int SPACE = 0x656e7465;

    private AliveLock() {}

    /** The second key has 32 bits only: of two incarnations that share one the later cannot be. */
    public static int key(long incarnation) {
        return Long.hashCode(incarnation);
    }

    /**
     * Returns the condition that nobody holds the lock of an incarnation.
     *
     * @param incarnation in SQL
     */
    public static String isFree(String incarnation) {
        return """
            not exists (
              select 1 from pg_locks l
              where l.locktype = 'advisory' and l.granted and l.objsubid = 2
                and l.database = (select oid from pg_database where datname = current_database())
                and l.classid = %s::bigint::oid and l.objid = ((%2$s # (%2$s >> 32)) & 4294967295)::oid)\
            """.formatted(SPACE, incarnation);
    }
}
