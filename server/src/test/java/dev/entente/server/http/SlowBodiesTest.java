package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.PrimitiveIterator.OfInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slow request bodies at a coordinator's HTTP port. */
final class SlowBodiesTest {
    private static final int PIECE_MILLIS = 200;
    private static final String REPORTED = "Content-Length: 1000\r\n";
    private static final String DROPS = " ".repeat(1000);

    @TempDir
    static Path folder;

    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    /** Sends the pieces at the pace of a slow line. */
    private final ScheduledExecutorService line = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void stop() {
        line.close();
        clients.close();
    }

    /** Posts a body in pieces. The future completes with all received text at the end of the connection. */
    private Future<String> slowly(LocalCoordinator to, String pathAndHeaders, String body, int pieceBytes)
            throws IOException {
        String http = to.server.ready().http();
        StrangerSocket client =
                StrangerSocket.connect(URI.create("http://" + http).getPort());
        client.send("POST " + pathAndHeaders + "Host: " + http + "\r\n\r\n");
        OfInt begins = IntStream.iterate(0, at -> at < body.length(), at -> at + pieceBytes)
                .iterator();
        line.scheduleAtFixedRate(
                () -> {
                    int at = begins.nextInt(); // fails after the last piece, which ends the task
                    send(client, body.substring(at, Math.min(at + pieceBytes, body.length())));
                },
                0,
                PIECE_MILLIS,
                TimeUnit.MILLISECONDS);
        return clients.submit(() -> {
            try (client) {
                return client.untilEnd();
            }
        });
    }

    private static void send(StrangerSocket client, String piece) {
        try {
            client.send(piece);
        } catch (IOException ended) {
            throw new UncheckedIOException(ended);
        }
    }

    @Test
    void bodies_sent_byte_by_byte_time_out_and_slow_bodies_are_accepted() throws Exception {
        Principals known = new Principals(folder, "shop submitter,viewer");
        try (LocalCoordinator asked = LocalCoordinator.start("auth.tokenFile", known.file.toString())) {
            known.at(asked, "shop").submit(SamplePlans.asking("later"));
            String stranger =
                    "/entente.v1.TransactionService/GetTransaction HTTP/1.1\r\n" + "Content-Type: application/json\r\n";
            String call = stranger + "Authorization: Bearer " + known.secret("shop") + "\r\n";
            String last = call + "Connection: close\r\nContent-Length: ";
            String large = "{" + " ".repeat(64_000) + "\"gid\":\"none\"}";
            String wait = "{\"gid\":\"later\",\"wait\":\"12s\"}";

            Future<String> drops = slowly(asked, call + REPORTED, DROPS, 1);
            Future<String> chunk = slowly(asked, call + "Transfer-Encoding: chunked\r\n", "1;" + "x".repeat(1000), 1);
            Future<String> refused = slowly(asked, stranger + REPORTED, DROPS, 1);
            Future<String> form = slowly(
                    asked,
                    "/sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n" + REPORTED,
                    DROPS,
                    1);
            Future<String> honest = slowly(asked, last + large.length() + "\r\n", large, 1000);
            Future<String> waiting = slowly(asked, last + wait.length() + "\r\n", wait, 1000);

            assertThat(drops.get())
                    .startsWith("HTTP/1.1 408 ")
                    .contains("ENT-001: body: the body was not complete in time");
            assertThat(chunk.get())
                    .startsWith("HTTP/1.1 408 ")
                    .contains("ENT-001: body: the body was not complete in time");
            assertThat(refused.get()).startsWith("HTTP/1.1 401 ").contains("ENT-060");
            assertThat(form.get()).startsWith("HTTP/1.1 408 ").contains("the form was not complete in time");
            assertThat(honest.get()).startsWith("HTTP/1.1 404 ").contains("ENT-030");
            assertThat(waiting.get()).startsWith("HTTP/1.1 200 ").contains("\"later\"");
        }
    }
}
