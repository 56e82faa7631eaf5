package dev.entente.eventstore;

import dev.entente.participant.UrlDataSource;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** A process that projects orders and stops within a batch, for tests that kill it. */
final class ProjectionProcess {
    static final String REACHED = "reached";

    private ProjectionProcess() {}

    /** Projects at the JDBC URL {@code args[0]} in the dialect {@code args[1]} up to the position {@code args[2]}. */
    public static void main(String[] args) throws Exception {
        DataSource database = new UrlDataSource(args[0]);
        EventStore store = args[1].equals("mariadb") ? EventStore.mariadb() : EventStore.postgres();
        long last = Long.parseLong(args[2]);
        Projection projection = Projection.in(
                store,
                OrderList.NAME,
                (connection, generation, event) -> {
                    OrderList.take(connection, generation, event);
                    if (event.position() == last) {
                        stop();
                    }
                },
                OrderList::clear);
        boolean isMore = true;
        while (isMore) {
            isMore = projection.run(database);
        }
    }

    private static void stop() {
        System.out.println(REACHED);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
