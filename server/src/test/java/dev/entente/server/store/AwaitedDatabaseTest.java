package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.telemetry.LogLines;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A PostgreSQL server that starts at the same time as the coordinator. */
final class AwaitedDatabaseTest {
    private static final String STARTS_UP = "SFATAL\0C57P03\0Mthe database system is starting up\0\0";

    @RegisterExtension
    private final LogLines lines = new LogLines(Database.class);

    @Test
    void a_database_that_starts_is_awaited() throws Exception {
        lines.level(Level.INFO);
        DatabaseSettings postgres = TestDatabase.empty();
        int port = LoopbackPorts.next();
        try (Database database =
                Database.of(TestDatabase.through(port, postgres, "sslmode=disable", 2, TestDatabase.TIMEOUT))) {
            CompletableFuture<Void> start = CompletableFuture.runAsync(() -> database.awaitAnswer(PatientAwaits.BOUND));
            awaitLine("refused");
            try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
                Thread.ofVirtual().start(() -> accept(server, TestDatabase.port(postgres)));
                assertThat(start).succeedsWithin(PatientAwaits.BOUND);
            }
        }
        assertThat(lines.reported()).anyMatch(line -> line.contains("starting up"));
    }

    @Test
    void a_database_that_does_not_exist_is_an_error_at_once() {
        lines.level(Level.INFO);
        DatabaseSettings given = TestDatabase.empty();
        try (Database database = Database.of(TestDatabase.changed(
                given, given.jdbcUrl().replaceFirst("/[^/?]*([?]|$)", "/absent$1"), 2, given.timeout()))) {
            assertThat(catchThrowable(database::awaitAnswer))
                    .isInstanceOf(StartupFailure.class)
                    .hasMessageContainingAll("ENT-072", "absent");
        }
        assertThat(lines.reported()).isEmpty();
    }

    private void awaitLine(String text) {
        Awaitility.await().until(() -> lines.reported().stream().anyMatch(line -> line.contains(text)));
    }

    /** Closes two connections, then reports a startup, and forwards connections after the log contains the report. */
    private void accept(ServerSocket server, int postgres) {
        try {
            server.accept().close();
            server.accept().close();
            while (true) {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> serve(client, postgres));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Socket client, int postgres) {
        try (client) {
            if (lines.reported().stream().anyMatch(line -> line.contains("starting up"))) {
                try (Socket served = new Socket(InetAddress.getLoopbackAddress(), postgres)) {
                    Thread.ofVirtual().start(() -> copy(served, client));
                    client.getInputStream().transferTo(served.getOutputStream());
                }
            } else {
                reportStartup(client);
            }
        } catch (IOException ended) {
            // the other side ends too
        }
    }

    private static void reportStartup(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        in.readFully(new byte[in.readInt() - Integer.BYTES]);
        byte[] text = STARTS_UP.getBytes(StandardCharsets.US_ASCII);
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        out.write('E');
        out.writeInt(Integer.BYTES + text.length);
        out.write(text);
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException ended) {
            // the other side ends too
        }
    }
}
