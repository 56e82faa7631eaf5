package dev.entente.bench;

import java.io.IOException;
import java.sql.SQLException;

/** A separate question with its own processes, in addition to the table of subjects. */
enum Mode {
    /** The time until a killed coordinator continues after a restart, and its throughput then. */
    RECOVERY("recovery", 100_000),
    /** The effect of a participant that never answers on the traffic to other participants. */
    HUNG_PARTICIPANT("hung-participant", 2_000),
    /** The cost of millions of finished rows. */
    HISTORY("history", 100_000),
    /** The cost of the client SDK compared with the generated stub. */
    SDK("sdk", 1);

    private final String printed;
    private final int open;

    /** The measurement of a mode. */
    interface Question {
        /** Measures, and adds the results to {@code measurement}. */
        void ask(Measurement measurement) throws IOException, SQLException, InterruptedException;
    }

    Mode(String printed, int open) {
        this.printed = printed;
        this.open = open;
    }

    String printed() {
        return printed;
    }

    /** Returns the default number of transactions that are open at one time. */
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
