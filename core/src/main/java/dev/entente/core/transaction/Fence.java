package dev.entente.core.transaction;

/**
 * The number by which participants tell a superseded coordinator. It is the row's rev when its owner claimed it,
 * counted from one, so that the coordinator that accepted the transaction has one too. After a failover or a restore the
 * database's floor is added: a lost commit may have had a higher rev.
 */
public final class Fence {
    /** The fence of whoever accepted a transaction; calls say it, for there were coordinators who counted from zero. */
    public static final int BASE = 1;

    /** The fence of a transaction that nobody holds. */
    public static final long NONE = 0;

    private Fence() {}

    /** Returns what calls carry, given the database's floor and the row's rev at the claim. */
    public static long of(long floor, long rev) {
        return floor + rev + BASE;
    }
}
