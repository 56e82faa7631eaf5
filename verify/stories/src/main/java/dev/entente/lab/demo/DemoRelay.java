package dev.entente.lab.demo;

import dev.entente.demo.RelayMain;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
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

    private final Stage stage;
    private final List<ShopService> services;
    private final Worker worker;

    private DemoRelay(Stage stage, List<ShopService> services, Worker worker) {
        this.stage = stage;
        this.services = services;
        this.worker = worker;
    }

    /**
     * Starts it for the outboxes of these, with ways to the coordinator and to the points service. Blocks until it
     * runs.
     */
    static DemoRelay start(Stage stage, ShopService... services) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "--jdbc", stage.playground().database().url("postgres"),
                "--coordinator", stage.coordinator().ready().grpc(),
                "--channel", "points=" + stage.shop().target(ShopService.POINTS)));
        List<String> labels = Arrays.stream(services).map(ShopService::label).toList();
        labels.forEach(label -> arguments.addAll(List.of("--service", label)));
        String name = "relay-" + String.join("-", labels);
        Worker worker = stage.playground().startWorker(name, RelayMain.class, arguments);
        return new DemoRelay(stage, List.of(services), worker);
    }

    /** How many messages are on their way. */
    long pending() throws SQLException {
        return count("select count(*) from entente_outbox");
    }

    private long count(String sql) throws SQLException {
        long count = 0;
        for (ShopService service : services) {
            count += stage.books().number(service, sql);
        }
        return count;
    }

    /** Waits until nothing is on its way. Blocks. */
    void awaitEmpty() throws Exception {
        stage.await("empty outboxes of " + services, () -> pending() == 0);
    }

    /** kill -9. */
    void kill() {
        worker.kill();
    }

    /** kill -9 while messages are claimed and not settled; answers how many those were. Blocks. */
    long killInABatch() throws Exception {
        Wait.until(BATCH_WITHIN, () -> count(IN_A_BATCH) > 0);
        long claimed = count(IN_A_BATCH);
        worker.kill();
        return claimed;
    }

    /** Enqueues a message of that name. */
    interface Enqueuing {
        void enqueue(String name) throws Exception;
    }

    /** Dies in the middle of a batch of messages of such names, and delivers them all once it is back. Blocks. */
    void dieInABatch(String prefix, Enqueuing enqueuing, Result result) throws Exception {
        List<String> names =
                IntStream.range(0, BATCH).mapToObj(i -> prefix + "-" + i).toList();
        long start = System.nanoTime();
        kill();
        for (String name : names) {
            enqueuing.enqueue(name);
        }
        startAgain();
        long claimed = killInABatch();
        result.killed("relay, in a batch of " + claimed, start);
        result.check("the relay died in the middle of a batch", claimed > 0, claimed);
        startAgain();
        awaitEmpty();
        names.forEach(name -> result.count(stage.await(name).getState().name()));
    }

    /** That workload, in which this is killed, too; what it has not delivered yet is unfinished. */
    CrashWorkload carrying(CrashWorkload workload) {
        return workload.withBacklog(this::pending).killing(new Victim("relay", this::killInABatch, this::startAgain));
    }

    /** Starts the process after a kill. Blocks until it runs. */
    void startAgain() throws IOException, InterruptedException {
        worker.start();
    }
}
