package dev.entente.eventstore;

import dev.entente.participant.UrlDataSource;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** A process that projects orders and stops in the middle of a batch, to be killed. */
final class ProjectionProcess {
    static final String REACHED = "reached";

    private ProjectionProcess() {}

    /** Projects at that JDBC URL, of that database, until the handler has come to that position. */
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
