package dev.entente.lab.service;

import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.ProjectionRunner;
import java.time.Duration;
import javax.sql.DataSource;
import picocli.CommandLine.Command;

/** Keeps the list of balances. */
@Command(name = "balance-list")
final class BalanceListWorker extends WorkerCommand {
    private static final Duration POLL = Duration.ofMillis(20);

    /** Works until it is killed. */
    public static void main(String[] arguments) {
        run(new BalanceListWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        ProjectionRunner.start(BalanceList.in(EventStore.postgres(), lies()), database, POLL);
    }
}
