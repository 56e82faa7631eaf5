package dev.entente.server.store.writer;

import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class VacuumTest {
    private static final String VACUUMS =
            "select coalesce(max(vacuum_count), 0) from pg_stat_user_tables where relname = 'open_transaction'";

    private final Database database = TestDatabase.migrated();
    private final AtomicBoolean isSilent = new AtomicBoolean();
    private final AtomicLong swallowed = new AtomicLong();

    @Test
    void a_server_of_which_nothing_is_heard_any_more_does_not_end_it() throws IOException {
        AtomicLong commits = new AtomicLong();
        try (ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Database behind = Database.of(by(proxy));
                Vacuum vacuum = new Vacuum(behind, commits::incrementAndGet, 1)) {
            Thread.ofVirtual().start(() -> accept(proxy));
            vacuum.start();
            Awaitility.await().until(() -> TestDatabase.number(database, VACUUMS) > 0);

            isSilent.set(true);
            Awaitility.await().until(() -> swallowed.get() > 0);
            isSilent.set(false);

            long before = TestDatabase.number(database, VACUUMS);
            Awaitility.await().until(() -> TestDatabase.number(database, VACUUMS) > before + 1);
        } finally {
            database.close();
        }
    }

    private DatabaseSettings by(ServerSocket proxy) {
        DatabaseSettings given = database.settings();
        String port = ":" + uri(given).getPort() + "/";
        return new DatabaseSettings(
                given.jdbcUrl().replace(port, ":" + proxy.getLocalPort() + "/"),
                given.user(),
                given.password(),
                1,
                false,
                Duration.ofSeconds(2));
    }

    private static URI uri(DatabaseSettings settings) {
        return URI.create(settings.jdbcUrl().substring("jdbc:".length()));
    }

    private void accept(ServerSocket proxy) {
        while (!proxy.isClosed()) {
            try {
                Socket client = proxy.accept();
                Socket server = new Socket(
                        InetAddress.getLoopbackAddress(),
                        uri(database.settings()).getPort());
                Thread.ofVirtual().start(() -> pump(client, server, false));
                Thread.ofVirtual().start(() -> pump(server, client, true));
            } catch (IOException ignored) {
                // closed, which ends the loop; or the peer has gone again: the next one comes
            }
        }
    }

    /** Copies bytes. Once the server is silent, its answer and all that follows on that connection are lost. */
    private void pump(Socket from, Socket to, boolean isAnswer) {
        byte[] buffer = new byte[8192];
        boolean isLost = false;
        try (from;
                to) {
            InputStream in = from.getInputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                isLost |= isAnswer && isSilent.get();
                if (isLost) {
                    swallowed.incrementAndGet();
                } else {
                    to.getOutputStream().write(buffer, 0, length);
                }
            }
        } catch (IOException ended) {
            // One end has gone: so does the other.
        }
    }
}
