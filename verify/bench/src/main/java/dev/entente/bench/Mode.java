package dev.entente.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.function.Supplier;

/** One question of its own, with its own processes, beside the table of subjects. */
enum Mode {
    /** How long until a coordinator that was killed goes on, and how fast then. */
    RECOVERY("recovery", 100_000, KillRecovery::new),
    /** The effect of a participant that never answers on the traffic to the others. */
    HUNG_PARTICIPANT("hung-participant", 2_000, HungParticipant::new),
    /** The cost of millions of finished rows. */
    HISTORY("history", 100_000, FullTables::new),
    /** The cost of each pattern, side by side. */
    PATTERNS("patterns", 1, Patterns::new),
    /** States, events and keys in a service's own database, beside the same by hand. */
    SERVICE("service", 1, ServicePatterns::new),
    /** The messages that leave an outbox, by the SDK's relay and by hand. */
    OUTBOX("outbox", 1, OutboxBench::new);

    private final String printed;
    private final int open;
    private final Supplier<Question> question;

    /** How a mode finds its answer. */
    interface Question {
        /** Measures, and leaves what it found with {@code trial}. */
        void ask(Trial trial) throws IOException, SQLException, InterruptedException;
    }

    Mode(String printed, int open, Supplier<Question> question) {
        this.printed = printed;
        this.open = open;
        this.question = question;
    }

    String printed() {
        return printed;
    }

    /** How many transactions are open at one time where the user says nothing. */
    int open() {
        return open;
    }

    Question question() {
        return question.get();
    }
}
