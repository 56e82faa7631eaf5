package dev.entente.stories.demo;

import dev.entente.demo.RelayMain;
import dev.entente.demo.ShopService;
import dev.entente.rig.Wait;
import dev.entente.rig.Worker;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The process that relays the outboxes of some services, and what they hold. */
final class DemoRelay {
    private static final int BATCH = 120;
    private static final Duration BATCH_WITHIN = Duration.ofSeconds(10);
    /** Messages that are claimed, and not yet settled. */
    private static final String IN_A_BATCH = "select count(*) from entente_outbox where claim is not null";

    private final Play play;
    private final List<ShopService> services;
    private final Worker worker;

    private DemoRelay(Play play, List<ShopService> services, Worker worker) {
        this.play = play;
        this.services = services;
        this.worker = worker;
    }

    /**
     * Starts it for the outboxes of these, with ways to the coordinator and to the points service. Blocks until it
     * runs.
     */
    static DemoRelay start(Play play, ShopService... services) throws IOException, InterruptedException {
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
            count += play.books().number(service, sql);
        }
        return count;
    }

    /** Waits until nothing is on its way. Blocks. */
    void awaitEmpty() throws Exception {
        play.await("empty outboxes of " + services, () -> count("select count(*) from entente_outbox") == 0);
    }

    /** Enqueues a message of that name. */
    interface Enqueuing {
        void enqueue(String name) throws Exception;
    }

    /** Dies in the middle of a batch of messages of such names, and delivers them all once it is back. Blocks. */
    void dieInABatch(String prefix, Enqueuing enqueuing) throws Exception {
        List<String> names =
                IntStream.range(0, BATCH).mapToObj(i -> prefix + "-" + i).toList();
        worker.kill();
        for (String name : names) {
            enqueuing.enqueue(name);
        }
        worker.start();
        Wait.until(BATCH_WITHIN, () -> count(IN_A_BATCH) > 0);
        long claimed = count(IN_A_BATCH);
        worker.kill();
        play.killed("relay, in a batch of " + claimed);
        play.check("the relay died in the middle of a batch", claimed > 0, claimed);
        worker.start();
        awaitEmpty();
        names.forEach(name -> play.result().count(play.await(name).getState().name()));
    }
}
