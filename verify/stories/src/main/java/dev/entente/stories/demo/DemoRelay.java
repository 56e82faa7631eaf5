package dev.entente.stories.demo;

import dev.entente.demo.RelayMain;
import dev.entente.demo.ShopService;
import dev.entente.rig.Worker;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The process that relays the outboxes of some services, and the counts of their messages. */
final class DemoRelay {
    private static final String WAITING = "select count(*) from entente_outbox";
    /** Counts the messages that are claimed now. */
    private static final String IN_A_BATCH = "select count(*) from entente_outbox where claim is not null";

    private final ScenarioRun play;
    private final List<ShopService> services;
    private final Worker worker;

    private DemoRelay(ScenarioRun play, List<ShopService> services, Worker worker) {
        this.play = play;
        this.services = services;
        this.worker = worker;
    }

    /**
     * Starts a relay for the outboxes of these services, with channels to the coordinator and the points service.
     * Blocks until the relay runs.
     */
    static DemoRelay start(ScenarioRun play, ShopService... services) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "--jdbc", play.database().url("postgres"),
                "--coordinator", play.stage().coordinator().ready().grpc(),
                "--channel", "points=" + play.shop().target(ShopService.POINTS)));
        List<String> labels = Arrays.stream(services).map(ShopService::label).toList();
        labels.forEach(label -> arguments.addAll(List.of("--service", label)));
        Worker worker = play.worker("relay-" + String.join("-", labels), RelayMain.class, arguments);
        return new DemoRelay(play, List.of(services), worker);
    }

    private long count(String sql) throws SQLException {
        long count = 0;
        for (ShopService service : services) {
            count += play.databases().number(service, sql);
        }
        return count;
    }

    /** Waits until the outboxes are empty. Blocks. */
    void awaitEmpty() throws Exception {
        play.await("empty outboxes of " + services, () -> count(WAITING) == 0);
    }

    /** Returns kills of the relay in the middle of a batch: {@code usual} kills if the user requests no number. */
    Kills kills(int usual) {
        return new Kills(play, usual, () -> count(WAITING) + play.openTransactions())
                .of(worker, () -> count(IN_A_BATCH));
    }
}
