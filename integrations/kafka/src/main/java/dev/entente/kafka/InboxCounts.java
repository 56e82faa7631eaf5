package dev.entente.kafka;

/**
 * The counts of an inbox's records so far.
 *
 * @param taken records with a committed handler
 * @param repeated records that were known
 * @param failed attempts, the database's failures included
 * @param deadLettered records that were given up
 */
record InboxCounts(long taken, long repeated, long failed, long deadLettered) {
    static final InboxCounts NONE = new InboxCounts(0, 0, 0, 0);

    InboxCounts plusTaken(boolean isFirst) {
        return new InboxCounts(taken + (isFirst ? 1 : 0), repeated + (isFirst ? 0 : 1), failed, deadLettered);
    }

    InboxCounts plusFailed() {
        return new InboxCounts(taken, repeated, failed + 1, deadLettered);
    }

    InboxCounts plusDeadLettered() {
        return new InboxCounts(taken, repeated, failed, deadLettered + 1);
    }
}
