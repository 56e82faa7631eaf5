package dev.entente.core.transaction;

/**
 * The number by which participants detect a superseded coordinator. The fence is the row's rev at the owner's claim,
 * counted from one: the coordinator that accepted the transaction has a fence too. After a failover or a restore the
 * database's floor is added, because a lost commit may have had a higher rev.
 */
public final class Fence {
    /**
     * The number from which fences count: the fence of the coordinator that accepted the transaction, without the
     * floor. Calls also send this base, because coordinators of older versions counted from zero.
     */
    public static final int BASE = 1;

    /** The fence of a transaction without an owner. */
    public static final long NONE = 0;

    private Fence() {}

    /** Returns the fence that calls carry. */
    public static long of(long floor, long rev) {
        return floor + rev + BASE;
    }
}
