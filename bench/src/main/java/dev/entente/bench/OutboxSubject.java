package dev.entente.bench;

/** What empties an outbox in {@link OutboxBench}. */
enum OutboxSubject {
    /** As it is often written: claim one row, call, mark it, commit; one table, a partial index on what is pending. */
    ONE_ROW("one-row", false, 0),
    /** The SDK's relay as it comes. */
    RELAY("relay", false, 0),
    /** The same with many sent messages behind. */
    RELAY_BEHIND("relay-behind", true, 0),
    /** The same with messages of a thousand ordering keys, so that most wait for another one. */
    RELAY_KEYED("relay-keyed", false, 1000);

    private final String printed;
    private final boolean hasSentBehind;
    private final int keys;

    OutboxSubject(String printed, boolean hasSentBehind, int keys) {
        this.printed = printed;
        this.hasSentBehind = hasSentBehind;
        this.keys = keys;
    }

    /** The name in figures and ratios. */
    String printed() {
        return printed;
    }

    /** Its database's name. */
    String database() {
        return "outbox_" + printed.replace('-', '_');
    }

    boolean hasSentBehind() {
        return hasSentBehind;
    }

    /** How many ordering keys its messages have; 0 for none. */
    int keys() {
        return keys;
    }
}
