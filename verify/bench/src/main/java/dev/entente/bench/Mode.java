package dev.entente.bench;

import java.io.IOException;
import java.sql.SQLException;

/** One question of its own, with its own processes, beside the table of subjects. */
enum Mode {
    /** How long until a coordinator that was killed goes on, and how fast then. */
    RECOVERY("recovery", 100_000),
    /** The effect of a participant that never answers on the traffic to the others. */
    HUNG_PARTICIPANT("hung-participant", 2_000),
    /** The cost of a small heap, and the number of open transactions that it holds. */
    HEAP("heap", 100_000),
    /** How long a start takes, with an AOT cache and without. */
    START("start", 1),
    /** The cost of millions of finished rows. */
    HISTORY("history", 100_000),
    /** The cost of each pattern, side by side. */
    PATTERNS("patterns", 1),
    /** The cost of removing finished rows as fast as they come. */
    RETENTION("retention", 1),
    /** How fast transactions are found by their labels, and what labels cost. */
    LABELS("labels", 1),
    /** The cost of a second coordinator on the same database, and how two share the rows that a third left behind. */
    PAIR("pair", 100_000),
    /** How long the queries take by which open transactions are counted for the gauges. */
    GAUGES("gauges", 100_000),
    /** The cost of tokens and of TLS. */
    GUARDED("guarded", 1),
    /** States, events and keys in a service's own database, beside the same by hand. */
    SERVICE("service", 1);

    private final String printed;
    private final int open;

    /** How a mode finds its answer. */
    interface Question {
        /** Measures, and leaves what it found with {@code trial}. */
        void ask(Trial trial) throws IOException, SQLException, InterruptedException;
    }

    Mode(String printed, int open) {
        this.printed = printed;
        this.open = open;
    }

    String printed() {
        return printed;
    }

    /** How many transactions are open at one time where the user says nothing. */
    int open() {
        return open;
    }

    Question question() {
        return switch (this) {
            case RECOVERY -> new KillRecovery();
            case HUNG_PARTICIPANT -> new HungParticipant();
            case HEAP -> new SmallHeap();
            case START -> new StartUp();
            case HISTORY -> new FullTables();
            case PATTERNS -> new Patterns();
            case RETENTION -> new Retiring();
            case LABELS -> new Labels();
            case PAIR -> new Pair();
            case GAUGES -> new CountedTable();
            case GUARDED -> new Guarded();
            case SERVICE -> new ServicePatterns();
        };
    }
}
