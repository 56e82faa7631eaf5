package dev.entente.bench;

import java.io.IOException;
import java.sql.SQLException;

/** One question of its own, with its own processes, beside the table of subjects. */
enum Mode {
    /** How long until a coordinator that was killed goes on, and how fast then. */
    RECOVERY("recovery", 100_000),
    /** The effect of a participant that never answers on the traffic to the others. */
    HUNG_PARTICIPANT("hung-participant", 2_000),
    /** The cost of millions of finished rows. */
    HISTORY("history", 100_000),
    /** The cost of the client SDK beside the generated stub. */
    SDK("sdk", 1);

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
            case HISTORY -> new FullTables();
            case SDK -> new SdkCost();
        };
    }
}
