package dev.entente.stories.service;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.rig.SqlDatabase;
import dev.entente.statemachine.GuardedStates;
import dev.entente.statemachine.TransitionRefused;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Creates orders and applies random events to the open orders, on several threads. */
@Command(name = "lives")
public final class LivesWorker extends WorkerCommand {
    /** The states of orders. */
    public static final GuardedStates<OrderState, OrderEvent> STATES = GuardedStates.postgres(OrderState.machine());

    /** The orders that are not in a final state. */
    public static final String OPEN = " from entente_state where state not in ('DELIVERED', 'CANCELLED')";

    private static final Logger LOG = LoggerFactory.getLogger(LivesWorker.class);
    private static final Outbox OUTBOX = Outbox.postgres();
    /** A target without a relay: the receipts stay in the outbox, where they are counted. */
    private static final URI UNREACHABLE = URI.create("http://127.0.0.1/receipts");

    private static final int THREADS = 4;
    private static final int OPEN_AT_ONCE = 6;

    LivesWorker() {}

    /** Works until the process is killed. */
    public static void main(String[] arguments) {
        run(new LivesWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed() + i);
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    try {
                        live(database, random);
                    } catch (SQLException failure) {
                        LOG.warn("the event failed: {}", failure.getMessage());
                    }
                }
            });
        }
    }

    private void live(DataSource database, Random random) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            List<String> open = SqlDatabase.rows(connection, row -> row.getString(1), "select id" + OPEN);
            if (open.size() < OPEN_AT_ONCE) {
                STATES.create(connection, UUID.randomUUID().toString());
                connection.commit();
            } else {
                happen(connection, open.get(random.nextInt(open.size())), OrderEvent.any(random), isFaulty());
            }
        } catch (TransitionRefused refused) {
            LOG.debug("refused: {}", refused.getMessage());
        }
    }

    /**
     * Applies the event to the order, writes the receipt if the order is paid, and commits both in one transaction.
     *
     * @param isFaulty true to cancel each delivered order by SQL, without the guard
     * @throws TransitionRefused if the order's state does not allow the event
     */
    public static void happen(Connection connection, String order, OrderEvent event, boolean isFaulty)
            throws SQLException {
        connection.setAutoCommit(false);
        STATES.transition(connection, order, event, (same, done) -> {
            if (done.event() == OrderEvent.PAY) {
                OUTBOX.enqueue(
                        same,
                        OutboxMessage.toHttp("POST", UNREACHABLE, "{\"order\":\"" + order + "\"}")
                                .id("receipt-" + order));
            }
        });
        if (isFaulty) {
            SqlDatabase.update(connection, "update entente_state set state = 'CANCELLED' where state = 'DELIVERED'");
        }
        connection.commit();
    }
}
