package dev.entente.participant.barrier;

/**
 * The fence of a call, or the fence that a row contains. Only fences with the same base are comparable. Immutable.
 *
 * @param base {@code entente-fence-base}; 0 if the call has none, as from coordinators that count from 0
 * @param number 0 if unknown
 */
public record CallFence(int base, long number) {
    /** The fence of a call without a fence. It is older than no other fence. */
    public static final CallFence UNKNOWN = new CallFence(0, 0);

    /** Returns whether the other fence certainly comes from a coordinator that took over later. */
    public boolean isOlderThan(CallFence other) {
        return number > 0 && base == other.base && number < other.number;
    }

    /**
     * Returns whether the other fence has a higher number, and at least this base. A later owner has a higher number,
     * also if its base is higher.
     */
    public boolean isRaisedBy(CallFence other) {
        return number < other.number && base <= other.base;
    }
}
