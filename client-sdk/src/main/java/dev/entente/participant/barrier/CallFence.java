package dev.entente.participant.barrier;

/**
 * The fence of a call, or the one that a row has on record. Only fences that are counted from the same base compare.
 * Immutable.
 *
 * @param base {@code entente-fence-base}; 0 where none was said, as by coordinators that counted from 0
 * @param number 0 if unknown
 */
public record CallFence(int base, long number) {
    /** The fence of a call that names none. It is older than no other. */
    public static final CallFence UNKNOWN = new CallFence(0, 0);

    /** Returns whether a coordinator that took over later is known to have sent the other one. */
    public boolean isOlderThan(CallFence other) {
        return number > 0 && base == other.base && number < other.number;
    }

    /**
     * Returns whether the other one tells more and is no older. A later owner's fence is the higher number also where
     * it is counted from a higher base.
     */
    public boolean isRaisedBy(CallFence other) {
        return number < other.number && base <= other.base;
    }
}
