package dev.entente.server.store;

/**
 * The keys of the advisory lock that shows that the process of an incarnation is alive. A session of the process holds
 * the lock. The lock ends with the session.
 */
public final class AliveLock {
    /** The first key, which separates these locks from the locks of applications: "ente" in ASCII. */
    public static final int SPACE = 0x656e7465;

    private AliveLock() {}

    /** Returns the second key, with only 32 bits: of two incarnations with equal keys, the later cannot start. */
    public static int key(long incarnation) {
        return Long.hashCode(incarnation);
    }

    /**
     * Returns the SQL condition that no session holds the lock of an incarnation.
     *
     * @param incarnation an SQL expression
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
